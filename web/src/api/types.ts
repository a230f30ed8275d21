import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type Role = Schemas["Role"];
export type TenantStatus = Schemas["TenantStatus"];
export type ExecutionStatus = Schemas["ExecutionStatus"];
export type StepRunStatus = Schemas["StepStatus"];
export type LeadStatus = Schemas["LeadStatus"];
export type WorkflowStatus = Schemas["WorkflowStatus"];
export type EffectState = Schemas["EffectState"];

export type Problem = Schemas["Problem"];
export type FieldProblem = Schemas["FieldProblem"];

export type SessionView = Schemas["SessionView"];
export type MeView = Schemas["MeView"];
export type UserView = Schemas["UserView"];
export type TenantView = Schemas["TenantView"];
export type ConnectionView = Schemas["ConnectionView"];
export type MemberView = Schemas["MemberView"];
export type InvitationView = Schemas["InvitationView"];
export type InvitationPreview = Schemas["InvitationPreview"];
export type AuditEventView = Schemas["AuditEventView"];
export type SignupRequest = Schemas["SignUp"];
export type SignupPreview = Schemas["SignupPreview"];
export type LoginRequest = Schemas["LogIn"];

export type StepTypeView = Schemas["StepTypeView"];
export type TriggerTypeView = Schemas["TriggerTypeView"];
export type StepTypesView = Schemas["StepTypes"];
export type WorkflowSummary = Schemas["WorkflowSummary"];
export type WorkflowView = Schemas["WorkflowView"];
export type DefinitionBody = Schemas["Definition"];
export type Retry = Schemas["Retry"];
export type OnError = Schemas["OnError"];
export type Failure = Schemas["Failure"];
export type TriggerView = Schemas["TriggerView"];
/** "error" or "warning". */
export type Finding = Omit<Schemas["Finding"], "severity"> & { severity: string };
export type DraftView = Schemas["DraftView"];
export type TemplateView = Schemas["TemplateView"];
export type TemplateVersion = Schemas["TemplateVersion"];
/** One part of a definition that differs, of whatever type; `null` where the part isn't there. */
export type TemplateChange = Omit<Schemas["Change"], "base" | "mine" | "theirs"> & { base?: unknown; mine?: unknown; theirs?: unknown };
type Upgrade = Omit<Schemas["TemplateUpgrade"], "changes"> & { changes: TemplateChange[] };
export type TemplateLink = Omit<Schemas["TemplateLink"], "overrides" | "upgrade"> & { overrides: TemplateChange[]; upgrade?: Upgrade | null };
export type TemplateChoice = Schemas["Choice"];
export type RolloutView = Schemas["RolloutView"];
export type CreateRollout = Schemas["CreateRollout"];
export type RolloutTarget = Schemas["RolloutTargetView"];

export type ApprovalView = Schemas["ApprovalView"];
export type ApprovalDecision = Schemas["Decide"];
export type ApprovalLinkView = Schemas["ApprovalLinkView"];
export type Fact = Schemas["Fact"];

export type ExecutionSummary = Schemas["ExecutionSummary"];
export type ExecutionView = Schemas["ExecutionView"];
export type StepRunView = Schemas["StepRunView"];
export type WaitView = Schemas["WaitView"];
export type ReplayBody = Schemas["ReplayExecution"];
export type RunFilterBody = Schemas["CreateBulkReplay"]["filter"];
export type BulkReplayView = Schemas["BulkReplayView"];
export type FileView = Schemas["FileView"];
export type EffectView = Schemas["EffectView"];
export type ExecutionEventView = Schemas["ExecutionEventView"];
export type ExecutionLogView = Schemas["ExecutionLogView"];

/** What a step would have done to the outside world. */
export type TrialEffect = Omit<Schemas["TrialEffect"], "request"> & { request: unknown };
/** A run of a draft in which nothing left the house. */
export type TrialView = Omit<Schemas["TrialView"], "effects" | "output"> & { effects: TrialEffect[]; output?: unknown };
/** The trial of one step; `config` has its expressions worked out. */
export type StepTrialView = Omit<Schemas["StepTrialView"], "config" | "effect" | "output"> & { config?: unknown; effect?: TrialEffect | null; output?: unknown };
/** A value of whatever type, or why there is none. */
export type EvaluationView = Omit<Schemas["EvaluationView"], "value"> & { value?: unknown };

export type BacktestSummary = Schemas["BacktestSummary"];
export type BacktestTally = Schemas["BacktestTally"];
/** The sides are of whatever type; `null` where there is none. */
export type BacktestDifference = Omit<Schemas["Difference"], "before" | "after"> & { before?: unknown; after?: unknown };
export type BacktestRun = Omit<Schemas["BacktestRun"], "differences"> & { differences: BacktestDifference[] };
export type BacktestView = Omit<Schemas["BacktestView"], "runs"> & { runs: BacktestRun[] };

export type LeadSummary = Schemas["LeadSummary"];
export type LeadView = Schemas["LeadView"];
export type LeadUpdate = Schemas["UpdateLead"];
export type CustomerView = Schemas["CustomerView"];
export type VehicleView = Schemas["VehicleView"];
export type MessageView = Schemas["MessageView"];
export type TimelineItem = Schemas["TimelineItem"];
export type NotificationView = Schemas["NotificationView"];
export type DashboardView = Schemas["DashboardView"];
export type DashboardDay = Schemas["DashboardDay"];
export type AdminTenantView = Schemas["AdminTenantView"];
