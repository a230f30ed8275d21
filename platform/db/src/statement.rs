use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};
use platform_kernel::id::TenantId;
use std::marker::PhantomData;

/// SQL that is prepared once for each connection. `diesel::sql_query` prepares and plans anew at
/// every call, which for the queue's statements costs more than running them.
pub struct Statement<'a> {
    sql: &'static str,
    slot: &'static str,
    binds: Vec<Box<dyn QueryFragment<Pg> + Send + Sync + 'a>>,
}

/// A statement whose parameters stand in `sql` once each, in order: `$1`, `$2`, …
pub fn statement(sql: &'static str) -> Statement<'static> {
    Statement {
        sql,
        slot: "",
        binds: Vec::new(),
    }
}

/// Postgres plans a prepared statement anew when the `search_path` is another one than at its last
/// run. A statement that many tenants run in turn is therefore prepared several times over, told
/// apart by this, and mostly finds the plan that the same tenant left.
pub fn plan_slot(tenant: TenantId) -> &'static str {
    const SLOTS: [&str; 16] = [
        " /* 0 */",
        " /* 1 */",
        " /* 2 */",
        " /* 3 */",
        " /* 4 */",
        " /* 5 */",
        " /* 6 */",
        " /* 7 */",
        " /* 8 */",
        " /* 9 */",
        " /* 10 */",
        " /* 11 */",
        " /* 12 */",
        " /* 13 */",
        " /* 14 */",
        " /* 15 */",
    ];
    // A UUIDv7 ends with chance.
    let last = tenant.0.as_bytes().last().copied().unwrap_or_default();
    SLOTS.get(usize::from(last % 16)).copied().unwrap_or("")
}

impl<'a> Statement<'a> {
    /// Keeps a plan of `tenant`'s; for what runs often.
    #[must_use]
    pub fn planned_for(mut self, tenant: TenantId) -> Self {
        self.slot = plan_slot(tenant);
        self
    }

    /// The next parameter's value.
    #[must_use]
    pub fn bind<T, U>(mut self, value: U) -> Self
    where
        Pg: HasSqlType<T>,
        T: Send + Sync + 'a,
        U: ToSql<T, Pg> + Send + Sync + 'a,
    {
        self.binds.push(Box::new(Bind(value, PhantomData::<T>)));
        self
    }
}

struct Bind<T, U>(U, PhantomData<T>);

impl<T, U> QueryFragment<Pg> for Bind<T, U>
where
    Pg: HasSqlType<T>,
    U: ToSql<T, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<T, U>(&self.0)
    }
}

impl QueryFragment<Pg> for Statement<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut rest = self.sql;
        for (n, bind) in (1..).zip(&self.binds) {
            let (before, after) = rest.split_once(&format!("${n}")).ok_or_else(|| {
                let message = format!("the statement has no parameter ${n}");
                diesel::result::Error::QueryBuilderError(message.into())
            })?;
            out.push_sql(before);
            bind.walk_ast(out.reborrow())?;
            rest = after;
        }
        out.push_sql(rest);
        out.push_sql(self.slot);
        Ok(())
    }
}

/// Without an id of its own a statement is known by its text.
impl QueryId for Statement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement<'_> {
    type SqlType = Untyped;
}
