//! TLS to Postgres and Redis: whom to trust, and whether the clear is allowed.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::net::IpAddr;
use std::sync::Arc;

/// How a server may be spoken to.
#[derive(Clone, Debug, Default)]
pub struct Transport {
    /// The certificates, in PEM, of those who may vouch for the server; without any the system's.
    pub ca: Option<String>,
    /// Whether a server on another machine may be spoken to in the clear.
    pub allow_plaintext: bool,
}

impl Transport {
    /// TLS 1.2 or newer with certificate and host name checked.
    pub(crate) fn client_config(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let Some(ca) = &self.ca else {
            let builder = builder.with_platform_verifier();
            return Ok(builder
                .map_err(|error| error.to_string())?
                .with_no_client_auth());
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
            let certificate = certificate.map_err(|error| format!("the CA is no PEM: {error}"))?;
            roots
                .add(certificate)
                .map_err(|error| format!("the CA is no certificate: {error}"))?;
        }
        if roots.is_empty() {
            return Err("the CA's file has no certificate".to_owned());
        }
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_name) => bare == "localhost" || bare.ends_with(".localhost"),
    }
}
