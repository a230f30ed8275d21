import type { TemplateView } from "@/api/types";

type Listed = Pick<TemplateView, "name" | "description" | "category">;

/** The categories there are, with how many templates each has. */
export function categoriesOf(templates: readonly Listed[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { category } of templates) counts.set(category, (counts.get(category) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count })).sort((one, other) => one.name.localeCompare(other.name));
}

/** The templates of a category in which every word that was typed occurs. */
export function findTemplates<T extends Listed>(templates: readonly T[], category: string, typed: string): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return templates.filter((template) => {
    const text = `${template.name} ${template.description} ${template.category}`.toLowerCase();
    return (category === "" || template.category === category) && words.every((word) => text.includes(word));
  });
}
