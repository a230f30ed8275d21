//! SQL of finding, newest first; a criterion that is not given lets everything through.

use super::criteria::Criteria;
use crate::customers::Customer;
use crate::leads::queries as leads;
use crate::leads::queries::LeadMatch;
use crate::vehicles::Vehicle;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{customer_contacts, customers, vehicles};
use platform_db::{QueryResult, TenantTx};

pub(super) async fn customers(tx: &mut TenantTx, by: &Criteria) -> QueryResult<Vec<Customer>> {
    let mut query = customers::table.select(Customer::as_select()).into_boxed();
    if let Some(id) = by.id {
        query = query.filter(customers::id.eq(id));
    }
    let contacts = [
        ("email", by.email.as_deref()),
        ("phone", by.phone.as_deref()),
    ];
    for (kind, value) in contacts {
        if let Some(value) = value {
            let known = customer_contacts::table
                .filter(customer_contacts::kind.eq(kind))
                .filter(customer_contacts::value.eq(value))
                .select(customer_contacts::customer_id);
            query = query.filter(customers::id.eq_any(known));
        }
    }
    query
        .order((customers::created_at.desc(), customers::id.desc()))
        .limit(by.limit)
        .load(tx.conn())
        .await
}

pub(super) async fn vehicles(tx: &mut TenantTx, by: &Criteria) -> QueryResult<Vec<Vehicle>> {
    let mut query = vehicles::table.select(Vehicle::as_select()).into_boxed();
    if let Some(id) = by.id {
        query = query.filter(vehicles::id.eq(id));
    }
    if let Some(vin) = &by.vin {
        query = query.filter(vehicles::vin.eq(vin));
    }
    if let Some(number) = &by.stock_number {
        query = query.filter(vehicles::stock_number.eq(number));
    }
    query
        .order((vehicles::created_at.desc(), vehicles::id.desc()))
        .limit(by.limit)
        .load(tx.conn())
        .await
}

pub(super) async fn leads(
    tx: &mut TenantTx,
    by: &Criteria,
) -> QueryResult<Vec<crate::leads::SummaryRow>> {
    let wanted = LeadMatch {
        id: by.id,
        status: by.status.as_deref(),
        email: by.email.as_deref(),
        phone: by.phone.as_deref(),
        vin: by.vin.as_deref(),
        stock_number: by.stock_number.as_deref(),
    };
    leads::matching(tx, &wanted, by.limit).await
}
