import type { ExecutionMore, ExecutionSummaryMore, StepRunMore } from "./pending";
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type Role = Schemas["Role"];
export type TenantStatus = Schemas["TenantStatus"];
export type ExecutionStatus = Schemas["ExecutionStatus"] | "paused";
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

export type ExecutionSummary = Omit<Schemas["ExecutionSummary"], "status"> & ExecutionSummaryMore & { status: ExecutionStatus };
export type ExecutionView = Omit<Schemas["ExecutionView"], "status" | "steps"> & ExecutionMore & { status: ExecutionStatus; steps: StepRunView[] };
export type StepRunView = Schemas["StepRunView"] & StepRunMore;
export type EffectView = Schemas["EffectView"];
export type ExecutionEventView = Schemas["ExecutionEventView"];
export type ExecutionLogView = Schemas["ExecutionLogView"];

export type LeadSummary = Schemas["LeadSummary"];
export type LeadView = Schemas["LeadView"];
export type CustomerView = Schemas["CustomerView"];
export type VehicleView = Schemas["VehicleView"];
export type MessageView = Schemas["MessageView"];
export type TimelineItem = Schemas["TimelineItem"];
export type NotificationView = Schemas["NotificationView"];
export type DashboardView = Omit<Schemas["DashboardView"], "recent_failures"> & { recent_failures: ExecutionSummary[] };
export type DashboardDay = Schemas["DashboardDay"];
export type AdminTenantView = Schemas["AdminTenantView"];
