use diesel_async::AsyncPgConnection;
use platform_db::{BatchTx, ControlTx};

/// An open transaction that still acts on the control schema: queries of this crate serve both
/// plain control work and work that goes on in a dealership's schema to write its audit row.
pub(crate) trait Tx: Send {
    fn conn(&mut self) -> &mut AsyncPgConnection;
}

impl Tx for ControlTx {
    fn conn(&mut self) -> &mut AsyncPgConnection {
        ControlTx::conn(self)
    }
}

impl Tx for BatchTx {
    fn conn(&mut self) -> &mut AsyncPgConnection {
        BatchTx::conn(self)
    }
}
