import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";

export type ThemeChoice = "light" | "dark" | "system";

interface Theme {
  choice: ThemeChoice;
  choose: (choice: ThemeChoice) => void;
}

const key = "auterity.theme";
const ThemeContext = createContext<Theme>({ choice: "system", choose: () => undefined });

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(key);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

export function ThemeProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState(stored);
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const apply = () => {
      const dark = choice === "dark" || (choice === "system" && system.matches);
      document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    };
    apply();
    system.addEventListener("change", apply);
    return () => system.removeEventListener("change", apply);
  }, [choice]);
  const choose = useCallback((next: ThemeChoice) => {
    setChoice(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // Without storage the choice holds for this page only.
    }
  }, []);
  const value = useMemo(() => ({ choice, choose }), [choice, choose]);
  return <ThemeContext value={value}>{children}</ThemeContext>;
}

export function useTheme(): Theme {
  return use(ThemeContext);
}
