use super::print;

/// Prints the OpenAPI document, as `docs/openapi.json` keeps it.
pub(super) fn run() -> anyhow::Result<()> {
    let document = crate::routes::openapi();
    print(&serde_json::to_string_pretty(&document)?);
    Ok(())
}
