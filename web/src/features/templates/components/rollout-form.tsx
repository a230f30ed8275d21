import { useState } from "react";
import type { TemplateView } from "@/api/types";
import { mapProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { FormError, SelectField, TextField } from "@/components/ui/field";
import { useToast } from "@/components/ui/toast";
import { useStartRollout } from "../api";
import { readStages } from "../model/stages";

const names = ["stages", "stage_minutes", "max_error_rate", "min_runs"];

export function RolloutForm({ template }: { template: TemplateView }) {
  const [stages, setStages] = useState("10, 50, 100");
  const [minutes, setMinutes] = useState("60");
  const [rate, setRate] = useState("5");
  const [runs, setRuns] = useState("20");
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const start = useStartRollout();
  const toast = useToast();
  const submit = () => {
    const read = readStages(stages);
    const faults: Record<string, string> = {};
    if (read === null) faults["stages"] = "Give rising percentages, at most ten, the last one 100: 10, 50, 100.";
    const share = Number(rate) / 100;
    if (!(share >= 0 && share <= 1)) faults["max_error_rate"] = "Give a percentage between 0 and 100.";
    setErrors(faults);
    setProblem(null);
    if (read === null || Object.keys(faults).length > 0) return;
    start.mutate(
      { template_id: template.id, to_version: template.version, stages: read, stage_minutes: Number(minutes), max_error_rate: share, min_runs: Number(runs) },
      {
        onSuccess: () => toast({ title: "The rollout has begun", detail: "It stops by itself when too many runs fail." }),
        onError: (error) => {
          const mapped = mapProblem(error, names);
          setErrors(mapped.fields);
          setProblem(mapped.general);
        },
      },
    );
  };
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <FormError>{problem}</FormError>
      <p className="text-small text-muted">
        In the dealerships that you administer, every workflow that was made from this template is upgraded to version {template.version} and published, a part of them at each stage. Where somebody changed the same
        part as the template, the workflow is left as it is and named below. When too many runs fail, the rollout stops and rolls back what nobody has changed since.
      </p>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label="Stages (percent)" value={stages} error={errors["stages"]} hint="How many of the workflows have the new version after each stage." onChange={(event) => setStages(event.target.value)} />
        <SelectField label="A stage lasts at least" value={minutes} error={errors["stage_minutes"]} onChange={(event) => setMinutes(event.target.value)}>
          <option value="0">No time</option>
          <option value="15">15 minutes</option>
          <option value="60">1 hour</option>
          <option value="240">4 hours</option>
          <option value="1440">1 day</option>
          <option value="4320">3 days</option>
        </SelectField>
        <TextField label="Stop and roll back above (percent of runs failed)" type="number" min={0} max={100} step="any" value={rate} error={errors["max_error_rate"]} onChange={(event) => setRate(event.target.value)} />
        <TextField label="After at least so many runs" type="number" min={0} value={runs} error={errors["min_runs"]} hint="A stage waits for them, and the failures count from then on." onChange={(event) => setRuns(event.target.value)} />
      </div>
      <Button type="submit" busy={start.isPending} className="self-start">
        Begin the rollout
      </Button>
    </form>
  );
}
