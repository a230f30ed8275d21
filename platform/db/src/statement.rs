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
/// apart by this, and mostly finds the plan that the same tenant left: the tenants that have asked
/// lately have slots of their own.
pub fn plan_slot(tenant: TenantId) -> &'static str {
    let slot = slots::of(tenant);
    NAMES.get(slot).copied().unwrap_or("")
}

macro_rules! names {
    ($($number:literal)*) => { [$(concat!(" /* ", $number, " */")),*] };
}

const NAMES: [&str; slots::COUNT] =
    names!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23);

mod slots {
    use platform_kernel::id::TenantId;
    use std::sync::{Mutex, PoisonError};

    pub(super) const COUNT: usize = 24;

    /// Who has which slot, and when it was last asked for, in questions.
    pub(super) struct Slots {
        taken: Vec<(TenantId, u64)>,
        asked: u64,
    }

    static SLOTS: Mutex<Slots> = Mutex::new(Slots::new());

    pub(super) fn of(tenant: TenantId) -> usize {
        let mut slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
        slots.of(tenant, |count| rand::random_range(0..count))
    }

    impl Slots {
        pub(super) const fn new() -> Self {
            Self {
                taken: Vec::new(),
                asked: 0,
            }
        }

        /// The tenant's slot; who has none gets the one less lately used of two that `chance`
        /// names, so that when there are more tenants than slots, some keep theirs.
        pub(super) fn of(&mut self, tenant: TenantId, chance: impl Fn(usize) -> usize) -> usize {
            self.asked += 1;
            let now = (tenant, self.asked);
            let known = self.taken.iter().position(|(who, _)| *who == tenant);
            let slot = match known {
                Some(slot) => slot,
                None if self.taken.len() < COUNT => {
                    self.taken.push(now);
                    return self.taken.len() - 1;
                }
                None => {
                    let used = |slot: &usize| self.taken.get(*slot).map(|(_, at)| *at);
                    let two = [chance(COUNT), chance(COUNT)];
                    two.into_iter().min_by_key(used).unwrap_or_default()
                }
            };
            if let Some(taken) = self.taken.get_mut(slot) {
                *taken = now;
            }
            slot
        }
    }
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

#[cfg(test)]
mod tests {
    use super::slots::{COUNT, Slots};
    use platform_kernel::id::TenantId;
    use std::collections::HashSet;

    #[test]
    fn who_asks_often_keeps_a_slot_of_his_own() {
        let mut slots = Slots::new();
        let chance = |count| rand::random_range(0..count);
        let often: Vec<TenantId> = (0..8).map(|_| TenantId::new()).collect();
        let mut last: Vec<usize> = often.iter().map(|id| slots.of(*id, chance)).collect();
        assert_eq!(last.iter().collect::<HashSet<_>>().len(), often.len());
        let mut moved = 0;
        for _ in 0..1_000 {
            for (id, slot) in often.iter().zip(&mut last) {
                let before = std::mem::replace(slot, slots.of(*id, chance));
                moved += u32::from(before != *slot);
            }
            assert!(slots.of(TenantId::new(), chance) < COUNT);
        }
        // Each newcomer meets one of them with one chance in nine.
        assert!(moved < 400, "{moved} of 8000 found another's plan");
    }
}
