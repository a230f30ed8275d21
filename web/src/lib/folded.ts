const written: Record<string, string> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };

/** Text as it is searched: without case, accents and apostrophes, hyphens as spaces. Fold both sides. */
export function folded(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[ßæœøłđðþı]/gu, (letter) => written[letter] ?? letter)
    .replaceAll(/['’‘ʼ`´′]/gu, "")
    .replaceAll(/[\s\u2010-\u2015_-]+/gu, " ")
    .trim();
}
