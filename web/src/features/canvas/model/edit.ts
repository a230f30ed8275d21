import { noteIdOf } from "@/components/graph/to-flow";
import { ancestorsOf, compensatePort, type Definition, type Edge, type Point, portsOf, type StepNode, type StepTypeLike, type TriggerNode } from "@/lib/graph/definition";
import { layOut, nodeHeight, nodeWidth, positions } from "@/lib/graph/layout";

/** Changes to a definition; each gives a new one and leaves the old alone. */

export function nodeIds(definition: Definition): string[] {
  return [...definition.triggers, ...definition.steps].map((node) => node.id);
}

/** "ai.generate" → "generate", then "generate_2": names that expressions can be read with. */
export function freshId(definition: Definition, type: string): string {
  const taken = new Set(nodeIds(definition));
  const base = (type.split(".").at(-1) ?? "step").replaceAll(/[^a-z0-9_]+/gi, "_").toLowerCase() || "step";
  if (!taken.has(base)) return base;
  let count = 2;
  while (taken.has(`${base}_${count}`)) count += 1;
  return `${base}_${count}`;
}

function overlaps(a: Point, b: Point): boolean {
  return Math.abs(a.x - b.x) < nodeWidth && Math.abs(a.y - b.y) < nodeHeight + 16;
}

/** The wished place, or the first free one to its right. */
function freePlace(definition: Definition, wish: Point): Point {
  const taken = Object.values(positions(definition));
  let place = wish;
  while (taken.some((other) => overlaps(other, place))) place = { ...place, x: place.x + nodeWidth + 48 };
  return place;
}

function below(definition: Definition, id: string | null): Point {
  const place = positions(definition);
  const from = id === null ? undefined : place[id];
  if (from !== undefined) return { x: from.x, y: from.y + nodeHeight + 72 };
  const lowest = Object.values(place).sort((a, b) => b.y - a.y)[0];
  return lowest === undefined ? { x: 0, y: 0 } : { x: lowest.x, y: lowest.y + nodeHeight + 72 };
}

export interface NewNode {
  type: string;
  name: string;
  config: Record<string, unknown>;
}

export interface Placement {
  /** Follow this node: by the port, or else by its first free one. */
  after?: string | null;
  port?: string;
  at?: Point;
}

function beside(definition: Definition, id: string): Point {
  const from = positions(definition)[id] ?? { x: 0, y: 0 };
  return { x: from.x + nodeWidth + 72, y: from.y + nodeHeight / 2 + 36 };
}

export function addStep(definition: Definition, node: NewNode, placement: Placement, types: readonly StepTypeLike[]): { definition: Definition; id: string } {
  const id = freshId(definition, node.type);
  const after = placement.after ?? null;
  const wish = placement.port === compensatePort && after !== null ? beside(definition, after) : below(definition, after);
  const point = placement.at ?? freePlace(definition, wish);
  const step: StepNode = { id, type: node.type, name: node.name, config: node.config };
  const added: Definition = {
    ...definition,
    steps: [...definition.steps, step],
    layout: { ...positions(definition), [id]: point },
  };
  if (after === null) return { definition: added, id };
  const port = placement.port ?? freePort(definition, after, types);
  if (port !== null) return { definition: connect(added, { from: after, port, to: id }), id };
  return { definition: placement.at === undefined ? putBetween(added, definition, after, step, types) : added, id };
}

/** Where a node leads only one way, a new step goes in between; what follows moves down. */
function putBetween(added: Definition, before: Definition, after: string, step: StepNode, types: readonly StepTypeLike[]): Definition {
  const out = before.edges.filter((edge) => edge.from === after && edge.port !== compensatePort);
  const [line, ...others] = out;
  const [port] = portsOf(step, types.find((type) => type.type === step.type));
  const place = positions(before);
  const [from, to] = [place[after], place[line?.to ?? ""]];
  if (line === undefined || others.length > 0 || port === undefined || from === undefined || to === undefined) return added;
  const later = new Set(before.steps.filter((item) => item.id === line.to || ancestorsOf(before, item.id).has(line.to)).map((item) => item.id));
  const down = Math.max(0, from.y + 2 * (nodeHeight + 72) - to.y);
  const moved = Object.fromEntries(Object.entries(place).map(([id, point]) => [id, later.has(id) ? { ...point, y: point.y + down } : point]));
  return {
    ...added,
    edges: [...added.edges.filter((edge) => !sameEdge(edge, line)), { ...line, to: step.id }, { from: step.id, port, to: line.to }],
    layout: { ...moved, [step.id]: { x: to.x, y: from.y + nodeHeight + 72 } },
  };
}

/** The first way out of a node that leads nowhere yet. */
export function freePort(definition: Definition, id: string, types: readonly StepTypeLike[]): string | null {
  const step = definition.steps.find((item) => item.id === id);
  const ports = step === undefined ? ["out"] : portsOf(step, types.find((type) => type.type === step.type));
  return ports.find((port) => !definition.edges.some((edge) => edge.from === id && edge.port === port)) ?? null;
}

export function addTrigger(definition: Definition, node: Omit<NewNode, "name">, at?: Point): { definition: Definition; id: string } {
  const id = freshId(definition, node.type);
  const place = positions(definition);
  const top = definition.triggers.map((trigger) => place[trigger.id]).filter((point) => point !== undefined)[0];
  const highest = Object.values(place).sort((a, b) => a.y - b.y)[0];
  const wish = at ?? top ?? (highest === undefined ? { x: 0, y: 0 } : { x: highest.x, y: highest.y - nodeHeight - 72 });
  const trigger: TriggerNode = { id, type: node.type, config: node.config };
  return {
    definition: {
      ...definition,
      triggers: [...definition.triggers, trigger],
      layout: { ...place, [id]: at ?? freePlace(definition, wish) },
    },
    id,
  };
}

function removeNode(definition: Definition, id: string): Definition {
  const incoming = definition.edges.filter((edge) => edge.to === id);
  const outgoing = definition.edges.filter((edge) => edge.from === id);
  const [into, out] = [incoming[0], outgoing[0]];
  const kept = definition.edges.filter((edge) => edge.from !== id && edge.to !== id);
  const healed: Edge[] = incoming.length === 1 && outgoing.length === 1 && into !== undefined && out !== undefined && out.port !== compensatePort ? [{ ...into, to: out.to }] : [];
  const { [id]: _place, ...layout } = definition.layout;
  const { [id]: _output, ...pinned } = definition.pinned ?? {};
  return {
    ...definition,
    triggers: definition.triggers.filter((node) => node.id !== id),
    steps: definition.steps.filter((node) => node.id !== id),
    edges: [...kept, ...healed.filter((edge) => !kept.some((other) => sameEdge(edge, other)))],
    layout,
    ...(definition.pinned === undefined ? {} : { pinned }),
  };
}

/** Takes nodes and notes out; a step between two others leaves them joined. */
export function removeNodes(definition: Definition, ids: readonly string[]): Definition {
  const notes = new Set(ids.map(noteIdOf));
  const without = definition.notes === undefined ? definition : { ...definition, notes: definition.notes.filter((note) => !notes.has(note.id)) };
  return ids.filter((id) => noteIdOf(id) === null).reduce(removeNode, without);
}

export function sameEdge(a: Edge, b: Edge): boolean {
  return a.from === b.from && a.port === b.port && a.to === b.to;
}

/** Why two nodes can't be joined; null when they can. */
export function connectFault(definition: Definition, edge: Edge): string | null {
  if (edge.from === edge.to) return "A step can't lead to itself.";
  if (!definition.steps.some((step) => step.id === edge.to)) return "Nothing leads into a trigger.";
  if (definition.edges.some((other) => sameEdge(edge, other))) return "They are joined already.";
  const into = definition.edges.filter((other) => other.to === edge.to);
  if (edge.port === compensatePort) {
    if (into.length > 0 || definition.edges.some((other) => other.from === edge.to)) return "A step that undoes another stands alone.";
    if (definition.edges.some((other) => other.from === edge.from && other.port === compensatePort)) return "One step undoes it already.";
  } else if ([...into, ...definition.edges.filter((other) => other.to === edge.from)].some((other) => other.port === compensatePort)) {
    return "A step that undoes another stands alone.";
  }
  if (ancestorsOf(definition, edge.from).has(edge.to)) return "That would go round in a circle.";
  return null;
}

export function connect(definition: Definition, edge: Edge): Definition {
  return connectFault(definition, edge) === null ? { ...definition, edges: [...definition.edges, edge] } : definition;
}

export function removeEdges(definition: Definition, gone: readonly Edge[]): Definition {
  return { ...definition, edges: definition.edges.filter((edge) => !gone.some((other) => sameEdge(edge, other))) };
}

/** Puts nodes and notes elsewhere. */
export function moveNodes(definition: Definition, moved: Readonly<Record<string, Point>>): Definition {
  const nodes = Object.entries(moved).filter(([id]) => noteIdOf(id) === null);
  const notes = new Map(Object.entries(moved).map(([id, point]) => [noteIdOf(id), point]));
  return {
    ...definition,
    layout: { ...positions(definition), ...Object.fromEntries(nodes) },
    ...(definition.notes === undefined ? {} : { notes: definition.notes.map((note) => ({ ...note, ...notes.get(note.id) })) }),
  };
}

export function arrange(definition: Definition): Definition {
  return { ...definition, layout: layOut(definition) };
}

/** Changes a step; edges of ways out that are gone with the change go too. */
export function changeStep(definition: Definition, id: string, change: Partial<StepNode>, types: readonly StepTypeLike[]): Definition {
  const steps = definition.steps.map((step) => (step.id === id ? { ...step, ...change } : step));
  const step = steps.find((item) => item.id === id);
  if (step === undefined) return definition;
  const ports = portsOf(step, types.find((type) => type.type === step.type));
  return { ...definition, steps, edges: definition.edges.filter((edge) => edge.from !== id || edge.port === compensatePort || ports.includes(edge.port)) };
}

export function changeTrigger(definition: Definition, id: string, change: Partial<TriggerNode>): Definition {
  return { ...definition, triggers: definition.triggers.map((trigger) => (trigger.id === id ? { ...trigger, ...change } : trigger)) };
}

/** Keeps an output to try other steps with; undefined lets it go. */
export function pin(definition: Definition, id: string, output: unknown): Definition {
  const { [id]: _old, ...rest } = definition.pinned ?? {};
  return { ...definition, pinned: output === undefined ? rest : { ...rest, [id]: output } };
}

function filled<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null && item !== undefined && item !== "")) as T;
}

/** The definition as the server takes it: nothing that is only empty. */
export function forServer(definition: Definition): Definition {
  const { notes, pinned, settings, ...rest } = definition;
  return {
    ...rest,
    triggers: definition.triggers.map(filled),
    steps: definition.steps.map(filled),
    layout: positions(definition),
    ...(settings === undefined ? {} : { settings: filled(settings) }),
    ...(notes === undefined || notes.length === 0 ? {} : { notes: notes.map(filled) }),
    ...(pinned === undefined || Object.keys(pinned).length === 0 ? {} : { pinned }),
  };
}
