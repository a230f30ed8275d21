import { z } from "zod";

// The content security policy forbids eval, which Zod's compiled parsers would use.
z.config({ jitless: true });

export { z };
