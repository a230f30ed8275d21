//! The web app's files, read once at start. Files with a hash in their name may be kept for a
//! year; `index.html` is asked for again each time. A `.br` file beside one is sent to whoever
//! takes Brotli.

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use platform_http::{ApiResult, route};
use platform_kernel::ErrorCode;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The files by path, `/index.html` among them.
#[derive(Clone, Default)]
pub struct Assets(Arc<HashMap<String, Asset>>);

struct Asset {
    plain: web::Bytes,
    brotli: Option<web::Bytes>,
    content_type: &'static str,
    etag: String,
    /// Its name changes with its content.
    immutable: bool,
}

/// Paths that belong to the API; what is not found there is no page of the app.
const API: [&str; 7] = [
    "/api",
    "/hooks",
    "/socket",
    "/health",
    "/.well-known",
    "/problems",
    "/metrics",
];

impl Assets {
    /// Reads all files below `root`.
    pub fn load(root: &Path) -> std::io::Result<Self> {
        let mut files = HashMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_none_or(|e| e != "br") {
                    let name = path.strip_prefix(root).map_err(std::io::Error::other)?;
                    let name = format!("/{}", name.to_string_lossy().replace('\\', "/"));
                    let asset = Asset::read(&path, &name)?;
                    files.insert(name, asset);
                }
            }
        }
        if !files.contains_key("/index.html") {
            let message = format!(
                "{} holds no index.html; build the web app first",
                root.display()
            );
            return Err(std::io::Error::other(message));
        }
        Ok(Self(Arc::new(files)))
    }

    /// The file for a path; any page of the app is `index.html`, which routes by itself.
    fn find(&self, path: &str) -> Option<&Asset> {
        if let Some(asset) = self.0.get(path) {
            return Some(asset);
        }
        let is_page = !path.rsplit('/').next().unwrap_or_default().contains('.');
        is_page.then(|| self.0.get("/index.html")).flatten()
    }
}

impl Asset {
    fn read(path: &Path, name: &str) -> std::io::Result<Self> {
        let plain = web::Bytes::from(std::fs::read(path)?);
        let mut packed = path.as_os_str().to_owned();
        packed.push(".br");
        let brotli = std::fs::read(packed).ok().map(web::Bytes::from);
        let hash =
            data_encoding::HEXLOWER.encode(Sha256::digest(&plain).get(..12).unwrap_or_default());
        Ok(Self {
            plain,
            brotli,
            content_type: content_type(name),
            etag: format!("\"{hash}\""),
            immutable: name.starts_with("/assets/"),
        })
    }
}

/// Answers every path that no operation has.
pub async fn serve(request: HttpRequest, assets: web::Data<Assets>) -> ApiResult<HttpResponse> {
    let path = route::path(&request);
    let is_api = API.iter().any(|prefix| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let asset = if is_api { None } else { assets.find(path) };
    let Some(asset) = asset else {
        // Empty, so that the outermost layer says whether the path or only the method is wrong.
        return Ok(HttpResponse::NotFound().finish());
    };
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(ErrorCode::MethodNotAllowed.into());
    }
    Ok(respond(&request, asset))
}

fn respond(request: &HttpRequest, asset: &Asset) -> HttpResponse {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    };
    let unchanged = header(IF_NONE_MATCH)
        .split(',')
        .any(|tag| tag.trim() == asset.etag);
    let status = if unchanged {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    };
    let mut response = HttpResponse::build(status);
    let cache = if asset.immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    response
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((ETAG, asset.etag.clone()))
        .insert_header((VARY, "Accept-Encoding"));
    if unchanged {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, asset.content_type));
    let takes_brotli = header(ACCEPT_ENCODING)
        .split(',')
        .filter_map(|part| {
            let mut words = part.split(';').map(str::trim);
            Some((words.next()?, words.next()))
        })
        .any(|(coding, weight)| coding == "br" && weight != Some("q=0"));
    match &asset.brotli {
        Some(packed) if takes_brotli => response
            .insert_header((CONTENT_ENCODING, "br"))
            .body(packed.clone()),
        _ => response.body(asset.plain.clone()),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, test};

    fn folder() -> std::path::PathBuf {
        let root = std::env::temp_dir().join(format!("auterity-assets-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(root.join("assets")).unwrap();
        std::fs::write(root.join("index.html"), "<!doctype html>").unwrap();
        std::fs::write(root.join("assets/app-1a2b.js"), "let a=1").unwrap();
        std::fs::write(root.join("assets/app-1a2b.js.br"), "packed").unwrap();
        root
    }

    #[actix_web::test]
    async fn pages_are_the_app_files_are_kept_and_the_api_is_not_shadowed() {
        let root = folder();
        let assets = web::Data::new(Assets::load(&root).unwrap());
        let app =
            test::init_service(App::new().app_data(assets).default_service(web::to(serve))).await;
        let get = |path: &str| {
            test::TestRequest::get()
                .uri(path)
                .insert_header(("Accept-Encoding", "gzip, br"))
        };

        let page = test::call_service(&app, get("/workflows/abc").to_request()).await;
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers().get(CACHE_CONTROL).unwrap(), "no-cache");

        let file = test::call_service(&app, get("/assets/app-1a2b.js").to_request()).await;
        assert_eq!(file.headers().get(CONTENT_ENCODING).unwrap(), "br");
        assert!(
            file.headers()
                .get(CACHE_CONTROL)
                .unwrap()
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        let etag = file.headers().get(ETAG).unwrap().clone();
        let again = get("/assets/app-1a2b.js")
            .insert_header((IF_NONE_MATCH, etag))
            .to_request();
        assert_eq!(
            test::call_service(&app, again).await.status(),
            StatusCode::NOT_MODIFIED
        );

        for missing in [
            "/api/v1/nothing",
            "/assets/gone.js",
            "/hooks/x/y",
            "/../Cargo.toml",
        ] {
            let answer = test::call_service(&app, get(missing).to_request()).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{missing}");
        }
        std::fs::remove_dir_all(root).unwrap();
    }
}
