import { useCallback, useEffect, useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { isProblem } from "@/api/problem";
import type { Finding, WorkflowView } from "@/api/types";
import { type Definition, readDefinition } from "@/lib/graph/definition";
import { saveDraft, validateDraft, workflowQuery } from "./api";
import { forServer } from "./model/edit";
import { amend, begin, type History, push, redo, undo } from "./model/history";

export type SaveState = "saved" | "changed" | "saving" | "conflict" | "failed";

const quietMilliseconds = 800;
const oneEntryMilliseconds = 1500;

/** The draft on the canvas: what is done to it is saved by itself, and one thing after the other. */
export function useDraft(workflow: WorkflowView, editable: boolean) {
  const queries = useQueryClient();
  const { id } = workflow;
  const [history, setHistory] = useState<History<Definition>>(() => begin(readDefinition(workflow.draft)));
  const [state, setState] = useState<SaveState>("saved");
  const [findings, setFindings] = useState<Finding[]>([]);
  const revision = useRef(workflow.draft_revision);
  const latest = useRef(history.present);
  const saved = useRef(history.present);
  const running = useRef<Promise<boolean> | null>(null);
  const entry = useRef<{ key: string; at: number }>({ key: "", at: 0 });

  useEffect(() => {
    latest.current = history.present;
  }, [history.present]);

  useEffect(() => {
    if (editable) void validateDraft(id).then(setFindings, () => undefined);
  }, [id, editable]);

  const saveOnce = useCallback(async (): Promise<boolean> => {
    while (latest.current !== saved.current) {
      const sending = latest.current;
      setState("saving");
      try {
        const answer = await saveDraft(id, forServer(sending), revision.current);
        revision.current = answer.draft_revision;
        saved.current = sending;
        setFindings(answer.findings);
      } catch (error) {
        setState(isProblem(error, "draft_conflict") ? "conflict" : "failed");
        return false;
      }
    }
    setState("saved");
    return true;
  }, [id]);

  /** Saves what isn't saved yet; true when everything is. */
  const flush = useCallback((): Promise<boolean> => {
    running.current ??= saveOnce().finally(() => {
      running.current = null;
    });
    return running.current;
  }, [saveOnce]);

  useEffect(() => {
    if (!editable || history.present === saved.current) return;
    setState((now) => (now === "conflict" ? now : "changed"));
    const timer = setTimeout(() => void flush(), quietMilliseconds);
    return () => clearTimeout(timer);
  }, [history.present, editable, flush]);

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (latest.current !== saved.current) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => {
      removeEventListener("beforeunload", warn);
      if (latest.current !== saved.current) void flush();
      void queries.invalidateQueries({ queryKey: workflowQuery(id).queryKey, refetchType: "none" });
    };
  }, [flush, id, queries]);

  /** One change. Changes with the same key in a row (typing in a field) are undone together. */
  const change = useCallback((make: (definition: Definition) => Definition, key = "") => {
    const now = Date.now();
    const together = key !== "" && entry.current.key === key && now - entry.current.at < oneEntryMilliseconds;
    entry.current = { key, at: now };
    setHistory((current) => (together ? amend(current, make(current.present)) : push(current, make(current.present))));
  }, []);

  /** After a conflict: take what the server has, or put this version in its place. */
  const settle = useCallback(
    async (keep: "theirs" | "mine") => {
      const theirs = await queries.query({ ...workflowQuery(id), staleTime: 0 });
      revision.current = theirs.draft_revision;
      if (keep === "mine") {
        await flush();
        return;
      }
      const definition = readDefinition(theirs.draft);
      saved.current = definition;
      latest.current = definition;
      setHistory(begin(definition));
      setState("saved");
      setFindings(await validateDraft(id));
    },
    [flush, id, queries],
  );

  return {
    definition: history.present,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    undo: useCallback(() => setHistory(undo), []),
    redo: useCallback(() => setHistory(redo), []),
    change,
    state,
    findings,
    setFindings,
    flush,
    settle,
  };
}

export type Draft = ReturnType<typeof useDraft>;
