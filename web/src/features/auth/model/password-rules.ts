export interface PasswordRule {
  label: string;
  met: boolean;
}

const shortest = 8;
const longest = 128;

/** Letters, and digits inside: `Acme-Motors1!` is `acmemotors`. */
function bare(text: string): string {
  const letters = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  const trimmed = letters.replaceAll(/^\p{N}+|\p{N}+$/gu, "");
  return trimmed === "" ? letters : trimmed;
}

function isPersonal(password: string, personal: string[]): boolean {
  const all = ["auterity", ...personal, ...personal.filter((text) => text.includes("@")).map((text) => text.slice(0, text.lastIndexOf("@")))];
  const wanted = bare(password);
  return all.map(bare).some((text) => text !== "" && text === wanted);
}

/** The server's rules that can be told while one types; what is guessed first, only the server knows. `personal` is what others know of the person, where the page knows it. */
export function passwordRules(password: string, personal?: string[]): PasswordRule[] {
  const normal = password.normalize("NFKC");
  const length = Array.from(normal).length;
  const repeated = length > 0 && new Set(Array.from(normal.toLowerCase())).size === 1;
  const rules = [
    { label: `${shortest} to ${longest} characters`, met: length >= shortest && length <= longest },
    { label: "Not one character repeated", met: length > 0 && !repeated },
  ];
  if (personal !== undefined) rules.push({ label: "Not your name, e-mail address or dealership", met: length > 0 && !isPersonal(normal, personal) });
  return rules;
}
