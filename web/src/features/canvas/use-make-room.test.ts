import { expect, test } from "vitest";
import { roomFor } from "./use-make-room";

const view = { x: 100, y: 40, zoom: 1 };

test("a small graph only moves aside", () => {
  expect(roomFor(view, { x: 0, y: 0, width: 260 }, 900)).toEqual({ ...view, x: -76 });
});

test("a graph that was seen whole still is", () => {
  const room = roomFor({ x: 10, y: 40, zoom: 0.8 }, { x: 0, y: 100, width: 1000 }, 900);
  expect(room.zoom).toBeCloseTo(0.5);
  expect(room.x).toBeCloseTo(24);
  expect(100 * room.zoom + room.y).toBeCloseTo(120);
});

test("who looks closely keeps the size", () => {
  expect(roomFor({ x: -300, y: 0, zoom: 1 }, { x: 0, y: 0, width: 1400 }, 900).zoom).toBe(1);
});
