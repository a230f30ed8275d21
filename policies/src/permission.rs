/// Names a permission in a handler's signature: `Authorized<WorkflowsPublish>`.
pub trait PermissionMarker: 'static {
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($( $name:ident $resource:literal $action:literal $doc:literal; )+) => {
        /// One thing that a role may or may not do. The table below gives the marker types,
        /// the words of the policy and the docs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Permission { $( #[doc = $doc] $name, )+ }

        impl Permission {
            pub const ALL: &[Permission] = &[$( Permission::$name, )+];

            /// `<resource>:<action>`.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => concat!($resource, ":", $action), )+ }
            }

            pub fn resource(self) -> &'static str {
                match self { $( Self::$name => $resource, )+ }
            }

            pub fn action(self) -> &'static str {
                match self { $( Self::$name => $action, )+ }
            }

            /// What it allows, for people.
            pub fn doc(self) -> &'static str {
                match self { $( Self::$name => $doc, )+ }
            }
        }

        /// The marker types of all permissions.
        pub mod markers {
            use super::{Permission, PermissionMarker};
            $(
                #[doc = $doc]
                pub struct $name;
                impl PermissionMarker for $name {
                    const PERMISSION: Permission = Permission::$name;
                }
            )+
        }
    };
}

permissions! {
    MeRead "me" "read" "See one's own account";
    MembersRead "members" "read" "See who works at the dealership";
    MembersManage "members" "manage" "Invite people, change their roles, disable them";
    AuditRead "audit" "read" "Read the audit log";
    WorkflowsRead "workflows" "read" "See workflows and their versions";
    WorkflowsWrite "workflows" "write" "Create workflows and edit their drafts";
    WorkflowsPublish "workflows" "publish" "Publish a draft";
    WorkflowsArchive "workflows" "archive" "Archive and unarchive workflows";
    WorkflowsRun "workflows" "run" "Run a published workflow by hand";
    ExecutionsRead "executions" "read" "Watch runs";
    ExecutionsCancel "executions" "cancel" "Cancel a run";
    ExecutionsSettle "executions" "settle" "Say what became of an effect whose outcome is unknown";
    ExecutionsPause "executions" "pause" "Pause a run and let it go on";
    ExecutionsReplay "executions" "replay" "Repeat runs, whole or from one of their steps";
    ApprovalsRead "approvals" "read" "See the decisions that runs wait for";
    ApprovalsDecide "approvals" "decide" "Claim, release and decide what one is asked for";
    ApprovalsAssign "approvals" "assign" "Give a decision to somebody else";
    EventsPublish "events" "publish" "Tell the dealership's workflows of an event";
    FilesRead "files" "read" "Read files that workflows kept";
    TemplatesRead "templates" "read" "Browse the template library";
    TemplatesInstantiate "templates" "instantiate" "Make a workflow from a template";
    TemplatesManage "templates" "manage" "Manage the dealership's own templates";
    LeadsRead "leads" "read" "See leads";
    LeadsWrite "leads" "write" "Change a lead's status and who works it";
    CustomersRead "customers" "read" "See customers";
    NotificationsRead "notifications" "read" "Read one's own notifications";
    DashboardRead "dashboard" "read" "See the dashboard";
    PerformanceRead "performance" "read" "See the team's performance figures";
    SettingsManage "settings" "manage" "Change the dealership's settings";
    TenantsRead "tenants" "read" "See all dealerships of the platform";
    TenantsManage "tenants" "manage" "Suspend and reactivate dealerships";
}
