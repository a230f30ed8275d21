import { useState } from "react";
import type { StepTypesView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { SelectField } from "@/components/ui/field";
import { compensatePort, type Definition, type Edge, portsOf } from "@/lib/graph/definition";
import { connectFault, freePort } from "../model/edit";

interface ConnectDialogProps {
  definition: Definition;
  types: StepTypesView;
  /** The node to lead away from; null while the dialog is closed. */
  from: string | null;
  onConnect: (edge: Edge) => void;
  onClose: () => void;
}

function ConnectForm({ definition, types, from, onConnect, onClose }: ConnectDialogProps & { from: string }) {
  const step = definition.steps.find((item) => item.id === from);
  const ports = step === undefined ? ["out"] : [...portsOf(step, types.steps.find((type) => type.type === step.type)), compensatePort];
  const [port, setPort] = useState(() => freePort(definition, from, types.steps) ?? ports[0] ?? "out");
  const possible = definition.steps.filter((item) => connectFault(definition, { from, port, to: item.id }) === null);
  const [chosen, setChosen] = useState<string | null>(null);
  const to = possible.find((item) => item.id === chosen)?.id ?? possible[0]?.id ?? "";
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (to !== "") onConnect({ from, port, to });
        onClose();
      }}
    >
      {ports.length > 1 && (
        <SelectField label="By" value={port} onChange={(event) => setPort(event.target.value)}>
          {ports.map((name) => (
            <option key={name} value={name}>
              {name === compensatePort ? "compensate (if a later step fails)" : name}
            </option>
          ))}
        </SelectField>
      )}
      <SelectField label="To" autoFocus value={to} disabled={possible.length === 0} onChange={(event) => setChosen(event.target.value)}>
        {possible.length === 0 && <option value="">No step can follow here</option>}
        {possible.map((item) => (
          <option key={item.id} value={item.id}>
            {item.name}
          </option>
        ))}
      </SelectField>
      <div className="flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" disabled={to === ""}>
          Connect
        </Button>
      </div>
    </form>
  );
}

/** Draws a line without a mouse. */
export function ConnectDialog(props: ConnectDialogProps) {
  const { definition, from, onClose } = props;
  const name = definition.steps.find((item) => item.id === from)?.name ?? "the trigger";
  return (
    <Dialog open={from !== null} onClose={onClose} title={`Connect ${name}`}>
      {from !== null && <ConnectForm {...props} from={from} />}
    </Dialog>
  );
}
