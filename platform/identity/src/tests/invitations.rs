use super::house::{House, Member, PASSWORD, code};
use crate::invitations::dto::{
    AcceptInvitation, CreateInvitation, InvitationStatus, InvitationView,
};
use crate::members::dto::{MemberStatus, UpdateMember};
use crate::sessions::Client;
use platform_kernel::page::PageQuery;
use platform_kernel::{ErrorCode, Result};
use policies::Role;

async fn invite(house: &House, by: &Member, email: &str) -> Result<InvitationView> {
    let person = CreateInvitation {
        email: email.into(),
        name: Some("Ben".into()),
        role: Role::Manager,
    };
    let actor = by.principal.actor("test");
    house
        .identity
        .invite(&by.tenant, &by.principal, &actor, person)
        .await
}

fn accept(token: &str, password: &str) -> AcceptInvitation {
    AcceptInvitation {
        token: token.into(),
        name: "Ben Jones".into(),
        password: password.into(),
        token_delivery: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invited_person_sees_who_asks_and_joins_once() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    invite(&house, &ann, "Ben@acme.example").await.unwrap();
    assert_eq!(
        code(invite(&house, &ann, "ben@acme.example").await),
        ErrorCode::AlreadyExists
    );
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ben@acme.example");
    let preview = house.identity.preview_invitation(&token).await.unwrap();
    assert_eq!(
        (preview.tenant_slug.as_str(), preview.invited_by.as_str()),
        ("acme", "Ann Smith")
    );
    assert!(!preview.has_account);
    let client = Client::default();
    let bad = house
        .identity
        .accept_invitation(accept(&token, "password"), &client)
        .await;
    assert_eq!(bad.err().unwrap().errors()[0].code, "too_common");
    let tries = (0..4).map(|_| {
        house
            .identity
            .accept_invitation(accept(&token, PASSWORD), &client)
    });
    let tries = futures_util::future::join_all(tries).await;
    assert_eq!(tries.iter().filter(|t| t.is_ok()).count(), 1);
    let session = tries.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(session.view.role, Role::Manager);
    assert_eq!(
        code(house.identity.preview_invitation(&token).await),
        ErrorCode::InvalidToken
    );
    assert_eq!(
        code(invite(&house, &ann, "ben@acme.example").await),
        ErrorCode::AlreadyExists
    );
    assert_eq!(
        house.audit(&ann.tenant).await,
        ["invitation.created", "invitation.accepted"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_an_account_in_the_group_joins_with_its_password() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let second = house.empty_dealership(&ann, "Acme North").await;
    let boss = house
        .join(&ann, "boss@acme.example", Role::DealershipAdmin)
        .await;
    house.make_admin(&boss, &second).await;
    let north = Member {
        tenant: second,
        ..boss
    };
    invite(&house, &north, "ann@acme.example").await.unwrap();
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ann@acme.example");
    assert!(
        house
            .identity
            .preview_invitation(&token)
            .await
            .unwrap()
            .has_account
    );
    let client = Client::default();
    let takeover = accept(&token, "a password of my own choice");
    let refused = house.identity.accept_invitation(takeover, &client).await;
    assert_eq!(refused.err().unwrap().errors()[0].code, "wrong_password");
    let session = house
        .identity
        .accept_invitation(accept(&token, PASSWORD), &client)
        .await
        .unwrap();
    assert_eq!(session.view.user.id, ann.principal.user_id);
    assert_eq!(session.view.user.name, "Ann Smith");
    assert_eq!(session.view.tenant.as_ref().unwrap().slug, "acme-north");
    house.member(session).await;
    house
        .log_in("acme", "ann@acme.example", PASSWORD)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_can_be_taken_back_and_runs_out() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let cid = house.sign_up("Birch", "cid@birch.example").await;
    let first = invite(&house, &ann, "ben@acme.example").await.unwrap();
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ben@acme.example");
    let actor = ann.principal.actor("test");
    let stranger = house
        .identity
        .revoke_invitation(&cid.tenant, &actor, first.id)
        .await;
    assert_eq!(code(stranger), ErrorCode::NotFound);
    house
        .identity
        .revoke_invitation(&ann.tenant, &actor, first.id)
        .await
        .unwrap();
    house
        .identity
        .revoke_invitation(&ann.tenant, &actor, first.id)
        .await
        .unwrap();
    let late = house
        .identity
        .accept_invitation(accept(&token, PASSWORD), &Client::default())
        .await;
    assert_eq!(code(late), ErrorCode::InvalidToken);
    invite(&house, &ann, "ben@acme.example").await.unwrap();
    house
        .run("UPDATE control.invitations SET expires_at = now() WHERE revoked_at IS NULL")
        .await;
    invite(&house, &ann, "ben@acme.example").await.unwrap();
    let page = house
        .identity
        .list_invitations(ann.tenant.id, &PageQuery::default())
        .await
        .unwrap();
    let states: Vec<_> = page.items.iter().map(|i| i.status).collect();
    use InvitationStatus::{Pending, Revoked};
    assert_eq!(states, [Pending, Revoked, Revoked]);
}

/// The attack: an admin who is about to leave invites an address of theirs, and comes back by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_ends_with_the_role_that_gave_it() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let changes: [(Option<Role>, Option<MemberStatus>, usize); 3] = [
        (None, Some(MemberStatus::Disabled), 0),
        (Some(Role::User), None, 1),
        (Some(Role::Manager), None, 2),
    ];
    for (n, (role, status, left)) in changes.into_iter().enumerate() {
        let email = format!("mal{n}@acme.example");
        let mal = house.join(&ann, &email, Role::DealershipAdmin).await;
        let mut tokens = Vec::new();
        for role in [Role::User, Role::Manager, Role::DealershipAdmin] {
            let email = format!("{role}{n}@private.example");
            let person = CreateInvitation {
                email: email.clone(),
                name: None,
                role,
            };
            let actor = mal.principal.actor("test");
            house
                .identity
                .invite(&mal.tenant, &mal.principal, &actor, person)
                .await
                .unwrap();
            house.send_mails().await.unwrap();
            tokens.push(house.outbox.token_for(&email));
        }
        let actor = ann.principal.actor("test");
        let change = UpdateMember { role, status };
        house
            .identity
            .update_member(&ann.tenant, &actor, mal.principal.user_id, &change)
            .await
            .unwrap();
        let mut accepted = 0;
        for token in &tokens {
            let tried = house
                .identity
                .accept_invitation(accept(token, PASSWORD), &Client::default())
                .await;
            match tried {
                Ok(_) => accepted += 1,
                Err(refused) => assert_eq!(refused.code(), ErrorCode::InvalidToken),
            }
        }
        assert_eq!(accepted, left);
    }
    let audit = house.audit(&ann.tenant).await;
    let revoked = audit.iter().filter(|a| *a == "invitation.revoked");
    assert_eq!(revoked.count(), 3 + 2 + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_disabled_by_hand_invites_nobody_either() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let mal = house
        .join(&ann, "mal@acme.example", Role::DealershipAdmin)
        .await;
    invite(&house, &mal, "ben@private.example").await.unwrap();
    house.send_mails().await.unwrap();
    let token = house.outbox.token_for("ben@private.example");
    let id = mal.principal.user_id;
    house
        .run(&format!(
            "UPDATE control.users SET status = 'disabled' WHERE id = '{id}'"
        ))
        .await;
    let tried = house
        .identity
        .accept_invitation(accept(&token, PASSWORD), &Client::default())
        .await;
    assert_eq!(code(tried), ErrorCode::InvalidToken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inviting_and_taking_back_sends_few_mails_and_none_in_the_senders_words() {
    let house = House::new().await;
    let ann = house
        .sign_up("Your parcel is held", "ann@acme.example")
        .await;
    let before = house.outbox.mails().len();
    let mut sent = 0;
    for _ in 0..15 {
        let Ok(made) = invite(&house, &ann, "victim@else.example").await else {
            continue;
        };
        house.send_mails().await.unwrap();
        sent += 1;
        let actor = ann.principal.actor("test");
        house
            .identity
            .revoke_invitation(&ann.tenant, &actor, made.id)
            .await
            .unwrap();
    }
    let mails = house.outbox.mails();
    assert_eq!((sent, mails.len() - before), (3, 3));
    let mail = mails.last().unwrap();
    for typed in ["parcel", "Ann Smith", "Ben"] {
        assert!(!mail.subject.contains(typed), "{}", mail.subject);
    }
    assert!(mail.text.contains("\u{201c}Your parcel is held\u{201d}"));
    assert_eq!(mail.to_name, None);
}
