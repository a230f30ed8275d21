import { z } from "@/config/zod";

export const passwordHint = "A few words in a row work well.";

const email = z.email("Enter an e-mail address, like sam@dealership.com.");
const password = z.string().min(8, "Use at least 8 characters.").max(128, "Use at most 128 characters.");
const required = (message: string) => z.string().trim().min(1, message).max(120, "Use at most 120 characters.");
const tenant = required("Enter the address of your dealership.")
  .toLowerCase()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "Letters, digits and dashes, like sunrise-toyota.");

export const signUpSchema = z.object({
  group_name: required("Enter the name of your group. A single store repeats its own name."),
  dealership_name: required("Enter the name of the dealership."),
  name: required("Enter your name."),
  email,
});

export const signInSchema = z.object({
  tenant,
  email,
  password: z.string().min(1, "Enter your password."),
});

export const forgottenSchema = z.object({ tenant, email });
export const resetSchema = z.object({ password });
export const acceptSchema = z.object({ name: required("Enter your name."), password });
export const verifySchema = acceptSchema;

export type SignUpValues = z.infer<typeof signUpSchema>;
export type SignInValues = z.infer<typeof signInSchema>;
export type ForgottenValues = z.infer<typeof forgottenSchema>;
export type ResetValues = z.infer<typeof resetSchema>;
export type AcceptValues = z.infer<typeof acceptSchema>;
export type VerifyValues = z.infer<typeof verifySchema>;
