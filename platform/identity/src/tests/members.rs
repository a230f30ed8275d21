use super::house::{House, Member, code};
use crate::members::dto::{MemberStatus, UpdateMember};
use crate::sessions::Client;
use platform_kernel::page::PageQuery;
use platform_kernel::{ErrorCode, Result};
use policies::Role;

async fn change(
    house: &House,
    by: &Member,
    whom: &Member,
    role: Option<Role>,
    status: Option<MemberStatus>,
) -> Result<crate::members::dto::MemberView> {
    let changes = UpdateMember { role, status };
    let actor = by.principal.actor("test");
    let id = whom.principal.user_id;
    house
        .identity
        .update_member(&by.tenant, &actor, id, &changes)
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_admin_must_stay() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let ben = house.join(&ann, "ben@acme.example", Role::Manager).await;
    let demoted = change(&house, &ann, &ann, Some(Role::User), None).await;
    assert_eq!(code(demoted), ErrorCode::LastAdmin);
    let disabled = change(&house, &ann, &ann, None, Some(MemberStatus::Disabled)).await;
    assert_eq!(code(disabled), ErrorCode::LastAdmin);
    change(&house, &ann, &ben, Some(Role::DealershipAdmin), None)
        .await
        .unwrap();
    change(&house, &ann, &ann, Some(Role::User), None)
        .await
        .unwrap();
    let audit = house.audit(&ann.tenant).await;
    assert_eq!(audit.iter().filter(|a| *a == "member.changed").count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_admins_who_demote_each_other_at_once_leave_one() {
    let house = House::new().await;
    for n in 0..5 {
        let ann = house
            .sign_up(&format!("Acme {n}"), &format!("ann{n}@acme.example"))
            .await;
        let email = format!("ben{n}@acme.example");
        let ben = house.join(&ann, &email, Role::DealershipAdmin).await;
        let (one, two) = tokio::join!(
            change(&house, &ann, &ben, Some(Role::User), None),
            change(&house, &ben, &ann, None, Some(MemberStatus::Disabled)),
        );
        assert_eq!(
            [one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(),
            1
        );
        let lost = one.err().or(two.err()).unwrap();
        assert_eq!(lost.code(), ErrorCode::LastAdmin);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_role_comes_with_the_next_refresh_and_a_disabled_member_gets_none() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let ben = house.join(&ann, "ben@acme.example", Role::User).await;
    change(&house, &ann, &ben, Some(Role::Manager), None)
        .await
        .unwrap();
    let client = Client::default();
    let session = house.identity.refresh(&ben.refresh, &client).await.unwrap();
    assert_eq!(session.view.role, Role::Manager);
    change(&house, &ann, &ben, None, Some(MemberStatus::Disabled))
        .await
        .unwrap();
    let refused = house
        .identity
        .refresh(&session.refresh_token, &client)
        .await;
    assert_eq!(code(refused), ErrorCode::Unauthenticated);
    change(&house, &ann, &ben, None, Some(MemberStatus::Active))
        .await
        .unwrap();
    house
        .log_in("acme", "ben@acme.example", super::house::PASSWORD)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_come_in_pages_and_of_one_dealership() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let cid = house.sign_up("Birch", "cid@birch.example").await;
    for n in 0..3 {
        house
            .join(&ann, &format!("ben{n}@acme.example"), Role::User)
            .await;
    }
    let mut query = PageQuery {
        cursor: None,
        limit: Some(2),
    };
    let first = house
        .identity
        .list_members(ann.tenant.id, &query)
        .await
        .unwrap();
    query.cursor = first.next_cursor;
    let second = house
        .identity
        .list_members(ann.tenant.id, &query)
        .await
        .unwrap();
    assert!(second.next_cursor.is_none());
    let emails: Vec<_> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|m| m.email.clone())
        .collect();
    assert_eq!(
        emails,
        [
            "ann@acme.example",
            "ben0@acme.example",
            "ben1@acme.example",
            "ben2@acme.example"
        ]
    );
    let stranger = change(&house, &cid, &ann, Some(Role::User), None).await;
    assert_eq!(code(stranger), ErrorCode::NotFound);
}
