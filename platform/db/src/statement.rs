use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};
use std::marker::PhantomData;

/// SQL that is prepared once for each connection. `diesel::sql_query` prepares and plans anew at
/// every call, which for the queue's statements costs more than running them.
pub struct Statement<'a> {
    sql: &'static str,
    binds: Vec<Box<dyn QueryFragment<Pg> + Send + Sync + 'a>>,
}

/// A statement whose parameters stand in `sql` once each, in order: `$1`, `$2`, …
pub fn statement(sql: &'static str) -> Statement<'static> {
    Statement {
        sql,
        binds: Vec::new(),
    }
}

impl<'a> Statement<'a> {
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
