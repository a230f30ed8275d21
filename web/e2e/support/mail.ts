import { type APIRequestContext, expect } from "@playwright/test";

const catcher = process.env["AUTERITY_TEST_MAILDEV_URL"] ?? "http://127.0.0.1:51080";

export interface Mail {
  subject: string;
  text: string;
  to: { address: string }[];
  from: { address: string; name: string }[];
}

/** Every mail that a person has got; the catcher keeps them all. */
export async function mailsTo(request: APIRequestContext, address: string): Promise<Mail[]> {
  const answer = await request.get(`${catcher}/email`);
  expect(answer.ok()).toBe(true);
  const mails = (await answer.json()) as Mail[];
  return mails.filter((mail) => mail.to.some((to) => to.address.toLowerCase() === address.toLowerCase()));
}

/** The address behind the link of the only mail with this path, once it has arrived. */
export async function linkTo(request: APIRequestContext, address: string, path: string): Promise<string> {
  const pattern = new RegExp(`https?://\\S+${path}#token=[\\w.~%-]+`);
  let link: string | undefined;
  await expect
    .poll(
      async () => {
        const found = (await mailsTo(request, address)).map((mail) => pattern.exec(mail.text)?.[0]).filter((one) => one !== undefined);
        link = found.at(-1);
        return found.length;
      },
      { message: `mail to ${address} with a link to ${path}`, timeout: 20_000 },
    )
    .toBe(1);
  return link ?? "";
}
