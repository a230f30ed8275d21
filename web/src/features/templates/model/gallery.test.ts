import { expect, test } from "vitest";
import { categoriesOf, findTemplates } from "./gallery";

const templates = [
  { name: "Recall notice", description: "Tells owners of a recall.", category: "service" },
  { name: "Trade-in offer", description: "Offers to buy the old car.", category: "sales" },
  { name: "No-show rescue", description: "Calls back those who missed their service.", category: "service" },
];

test("categories are counted", () => {
  expect(categoriesOf(templates)).toEqual([{ name: "sales", count: 1 }, { name: "service", count: 2 }]);
});

test("every word must occur, somewhere", () => {
  expect(findTemplates(templates, "", "service missed").map((item) => item.name)).toEqual(["No-show rescue"]);
  expect(findTemplates(templates, "sales", "")).toHaveLength(1);
  expect(findTemplates(templates, "sales", "recall")).toHaveLength(0);
});
