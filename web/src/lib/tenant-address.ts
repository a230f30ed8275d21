const key = "auterity.tenant";

/** "sunrise" from "sunrise.localhost" or "sunrise.app.example"; null where the host names no dealership. */
export function tenantFromHost(hostname: string): string | null {
  if (/^[\d.]+$/.test(hostname) || hostname.includes(":")) return null;
  const labels = hostname.split(".");
  const first = labels[0];
  if (first === undefined || first === "www" || first === "app") return null;
  const local = labels.at(-1) === "localhost";
  return labels.length >= (local ? 2 : 3) ? first : null;
}

export function rememberedTenant(): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function rememberTenant(slug: string): void {
  try {
    localStorage.setItem(key, slug);
  } catch {
    // Private windows may have no storage; then the field starts empty next time.
  }
}
