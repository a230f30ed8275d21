//! All routes and what wraps them.

use crate::assets;
use crate::parts::Parts;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use platform_http::middleware::CreatingOperations;
use platform_http::openapi::{Operations, base_document, describe_responses};
use platform_http::{health, metrics, middleware, path_config, socket};
use std::net::TcpListener;
use std::time::Duration;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::SwaggerUi;

/// Every operation of the public API.
fn operations(config: &mut ServiceConfig<'_>) {
    // Routes are tried in this order, and deliveries come most often.
    platform_workflows::configure(config);
    platform_identity::configure(config);
    tenants::configure(config);
    platform_records::configure(config);
    platform_messaging::configure(config);
    socket::configure(config);
    health::configure(config);
}

/// The API's document.
pub fn openapi() -> OpenApi {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .openapi(base_document(env!("CARGO_PKG_VERSION")))
        .configure(operations)
        .split_for_parts();
    describe_responses(&mut document);
    document
}

/// The API, the socket, the web app's files.
pub(crate) fn public_server(
    parts: &Parts,
    listener: TcpListener,
    workers: usize,
    shutdown_timeout: Duration,
) -> anyhow::Result<Server> {
    let document = openapi();
    let known = web::Data::new(Operations::of(&document));
    let creating = web::Data::new(CreatingOperations::of(&document));
    let parts = parts.clone();
    let server = HttpServer::new(move || {
        let (app, _) = App::new()
            .into_utoipa_app()
            .configure(operations)
            .split_for_parts();
        let app = app
            .app_data(parts.state.clone())
            .app_data(known.clone())
            .app_data(creating.clone())
            .app_data(path_config())
            .app_data(web::Data::new(parts.hub.clone()))
            .app_data(web::Data::new(parts.health.clone()))
            .app_data(web::Data::new(parts.identity.clone()))
            .app_data(web::Data::new(parts.lifecycle.clone()))
            .app_data(web::Data::new(parts.workflows.clone()))
            .app_data(web::Data::new(parts.hooks.clone()))
            .app_data(web::Data::new(parts.approvals.clone()))
            .app_data(web::Data::new(parts.rollouts.clone()))
            .app_data(web::Data::new(parts.live.clone()))
            .app_data(web::Data::new(parts.assets.clone().unwrap_or_default()))
            .service(SwaggerUi::new("/api/docs/{_:.*}").url("/api/openapi.json", document.clone()))
            .configure(platform_http::openapi::configure)
            .default_service(web::to(assets::serve));
        app.wrap(from_fn(middleware::idempotency))
            .wrap(from_fn(middleware::rate_limit))
            .wrap(middleware::cors(&parts.state.origins))
            .wrap(from_fn(middleware::spelling))
            .wrap(from_fn(middleware::security))
            .wrap(from_fn(middleware::context))
    });
    Ok(server
        .workers(workers)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(15))
        .shutdown_timeout(shutdown_timeout.as_secs())
        .disable_signals()
        .listen(listener)?
        .run())
}

/// Metrics, health and version, for the operator's network.
pub(crate) fn internal_server(parts: &Parts, listener: TcpListener) -> anyhow::Result<Server> {
    let parts = parts.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(parts.health.clone()))
            .app_data(web::Data::new(parts.metrics.clone()))
            .configure(health::configure_internal)
            .configure(metrics::configure)
            .configure(crate::version::configure)
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OpenAPI 3.1 requires it, and generators of clients refuse a document without.
    #[test]
    fn every_response_of_the_document_has_a_description() {
        let document = serde_json::to_value(openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (path, method, &operation["responses"]))
        });
        let (mut seen, mut bare) = (0, Vec::new());
        for (path, method, responses) in operations {
            for (status, response) in responses.as_object().into_iter().flatten() {
                seen += 1;
                let text = response["description"].as_str().unwrap_or_default();
                if text.trim().is_empty() {
                    bare.push(format!("{method} {path} {status}"));
                }
            }
        }
        assert!(seen > 150, "only {seen} responses were found");
        assert!(
            bare.is_empty(),
            "give their body's type a doc comment: {bare:#?}"
        );
    }
}
