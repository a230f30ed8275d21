//! Ids are UUIDv7 newtypes, so that a workflow's id cannot be passed where a lead's is meant.

/// Declares id newtypes over UUIDv7.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        #[serde(transparent)]
        #[schema(value_type = uuid::Uuid)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new id; ids made later sort later.
            #[expect(clippy::new_without_default, reason = "an id is never a default")]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                uuid::Uuid::parse_str(text).map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<diesel::sql_types::Uuid, diesel::pg::Pg>::to_sql(&self.0, out)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                diesel::deserialize::FromSql::<diesel::sql_types::Uuid, diesel::pg::Pg>::from_sql(value).map(Self)
            }
        }
    )+ };
}

ids! {
    /// A dealership group: the customer that signs up.
    GroupId,
    /// One dealership (rooftop) with a schema of its own.
    TenantId,
    /// A person of one group.
    UserId,
    /// One sign-in and the refresh tokens that descend from it.
    SessionId,
    /// A sign-up that waits for its e-mail to be verified.
    SignupId,
    /// An invitation to a dealership.
    InvitationId,
    /// A workflow.
    WorkflowId,
    /// A published, immutable version of a workflow.
    VersionId,
    /// One run of one version.
    ExecutionId,
    /// A lead.
    LeadId,
    /// A customer.
    CustomerId,
    /// A vehicle.
    VehicleId,
    /// A message that went out, or is going to.
    MessageId,
    /// A notification to one user.
    NotificationId,
    /// A decision that a run waits for.
    ApprovalId,
    /// A file that a workflow kept.
    FileId,
    /// A trial of a draft on past runs.
    BacktestId,
    /// A replay of many runs.
    BulkReplayId,
    /// An event that was told to a dealership's workflows.
    WorkflowEventId,
    /// An upgrade of workflows to a template's newer version, in stages.
    RolloutId,
    /// One process that claims jobs.
    WorkerId,
}
