//! Decisions that runs wait for: who may make them, that they are made once, and the links in mails.

use policies::Role;
use serde_json::{Value, json};
use tests::{Answer, Group, Person, TestApp};

/// Publishes a workflow that asks with this configuration, and starts it.
async fn asked(group: &Group, config: Value) -> String {
    let says = |word: &str| {
        json!({ "id": word, "type": "transform", "name": word,
                "config": { "values": { "said": { "$ref": "steps.ask.output" } } } })
    };
    let definition = json!({
        "triggers": [{ "id": "start", "type": "manual", "config": {} }],
        "steps": [
            { "id": "ask", "type": "approval", "name": "Ask", "config": config },
            says("yes"), says("no"), says("late")
        ],
        "edges": [
            { "from": "start", "port": "out", "to": "ask" },
            { "from": "ask", "port": "approved", "to": "yes" },
            { "from": "ask", "port": "rejected", "to": "no" },
            { "from": "ask", "port": "timeout", "to": "late" }
        ]
    });
    let body = json!({ "name": "Price review", "definition": definition });
    let workflow = group
        .admin
        .post("/api/v1/workflows", &body)
        .await
        .assert(201);
    let path = format!("/api/v1/workflows/{}", workflow.text_of("/id"));
    group
        .admin
        .post(&format!("{path}/publish"), &json!({}))
        .await
        .assert(201);
    let run = group
        .admin
        .post(&format!("{path}/executions"), &json!({ "input": {} }))
        .await;
    let run = run.assert(202).text_of("/execution_id");
    group.admin.execution(&run, &["waiting"]).await;
    run
}

/// The only approval that waits.
async fn pending(person: &Person) -> Value {
    let list = person
        .get("/api/v1/approvals?state=pending")
        .await
        .assert(200);
    assert_eq!(list.items().len(), 1, "{}", list.text);
    list.items()[0].clone()
}

async fn act(person: &Person, approval: &Value, action: &str, body: Value) -> Answer {
    let path = format!(
        "/api/v1/approvals/{}/{action}",
        approval["id"].as_str().unwrap()
    );
    person.post(&path, &body).await
}

fn step<'a>(run: &'a Value, id: &str) -> &'a Value {
    let steps = run["steps"].as_array().unwrap();
    steps.iter().find(|step| step["step_id"] == id).unwrap()
}

fn of_managers() -> Value {
    json!({
        "title": "Lower the price of H1234?",
        "body": "It has been here for 95 days.",
        "facts": [{ "label": "Price now", "value": 24_500 }, { "label": "Days", "value": "95" }],
        "form": { "type": "object", "required": ["price"], "properties": {
            "price": { "type": "number", "title": "New price", "minimum": 1_000 },
            "note": { "type": "string", "maxLength": 20 }
        } },
        "assignee": { "role": "manager" }
    })
}

#[tokio::test]
async fn whoever_is_asked_decides_and_the_run_goes_on_with_it() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let manager = acme.member(&app, Role::Manager).await;
    let user = acme.member(&app, Role::User).await;
    let run = asked(&acme, of_managers()).await;

    let told = manager.get("/api/v1/notifications").await.assert(200);
    let approval = pending(&manager).await;
    let id = approval["id"].as_str().unwrap();
    assert_eq!(told.items()[0]["title"], "Lower the price of H1234?");
    assert_eq!(told.items()[0]["link"], format!("/approvals/{id}"));
    assert!(user.get("/api/v1/notifications").await.items().is_empty());
    assert_eq!(
        approval["facts"][0],
        json!({ "label": "Price now", "value": "24500" })
    );
    assert_eq!(approval["workflow"]["name"], "Price review");
    assert_eq!(
        (&approval["execution_id"], &approval["can_decide"]),
        (&json!(run), &json!(true))
    );
    assert_eq!(pending(&user).await["can_decide"], false);
    let mine = user
        .get("/api/v1/approvals?state=pending&mine=true")
        .await
        .assert(200);
    assert!(mine.items().is_empty());

    let yes = json!({ "decision": "approved", "values": { "price": 22_900 }, "comment": "Go" });
    act(&user, &approval, "decide", yes.clone())
        .await
        .assert_problem(403, "forbidden");
    let wrong = json!({ "decision": "approved", "values": { "price": 5, "other": true } });
    let refused = act(&manager, &approval, "decide", wrong).await;
    let refused = refused.assert_problem(422, "validation_failed");
    let mut pointers = refused.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/values/other", "/values/price"]);
    let missing = act(
        &manager,
        &approval,
        "decide",
        json!({ "decision": "approved" }),
    )
    .await;
    assert_eq!(
        missing.assert_problem(422, "validation_failed").pointers(),
        ["/values/price"]
    );

    let decided = act(&manager, &approval, "decide", yes.clone())
        .await
        .assert(200);
    assert_eq!(
        (&decided.body["state"], &decided.body["decided_via"]),
        (&json!("approved"), &json!("app"))
    );
    let run = acme.admin.execution(&run, &["succeeded", "failed"]).await;
    let output = &step(&run, "ask")["output"];
    assert_eq!(
        (&output["decision"], &output["values"]["price"]),
        (&json!("approved"), &json!(22_900))
    );
    assert_eq!(output["decided_by"]["name"], "Chris Colleague");
    assert_eq!(
        (&step(&run, "yes")["status"], &step(&run, "no")["status"]),
        (&json!("succeeded"), &json!("skipped"))
    );
    let again = act(&acme.admin, &approval, "decide", yes)
        .await
        .assert_problem(409, "approval_decided");
    assert_eq!(again.body["detail"], "Chris Colleague has approved it");
    let audit = acme.admin.get("/api/v1/audit-events").await.assert(200);
    assert!(
        audit
            .items()
            .iter()
            .any(|e| e["action"] == "approval.decided" && e["resource_id"] == id)
    );
    let done = manager
        .get("/api/v1/approvals?state=decided&mine=true")
        .await
        .assert(200);
    assert_eq!(done.items()[0]["id"], id);
}

#[tokio::test]
async fn of_many_who_decide_at_once_one_does_and_the_others_hear_who() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let manager = acme.member(&app, Role::Manager).await;
    let other = acme.member(&app, Role::Manager).await;
    let config = json!({ "title": "Send it?", "assignee": { "role": "manager" } });
    let run = asked(&acme, config).await;
    let approval = pending(&manager).await;
    let decisions = (0..12).map(|number| {
        let person = if number % 2 == 0 { &manager } else { &other };
        let word = if number % 3 == 0 {
            "rejected"
        } else {
            "approved"
        };
        act(person, &approval, "decide", json!({ "decision": word }))
    });
    let answers = futures_util::future::join_all(decisions).await;
    let won: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .collect();
    assert_eq!(won.len(), 1);
    let state = won[0].text_of("/state");
    for answer in &answers {
        if answer.status != 200 {
            assert_eq!(
                (answer.status, &answer.body["code"]),
                (409, &json!("approval_decided")),
                "{}",
                answer.text
            );
            assert_eq!(
                answer.body["detail"],
                format!("Chris Colleague has {state} it")
            );
        }
    }
    let run = acme.admin.execution(&run, &["succeeded", "failed"]).await;
    assert_eq!(step(&run, "ask")["output"]["decision"], state);
}

#[tokio::test]
async fn one_who_claims_it_has_it_until_it_is_released_or_given_to_somebody_else() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (ann, bob) = (
        acme.member(&app, Role::Manager).await,
        acme.member(&app, Role::Manager).await,
    );
    let user = acme.member(&app, Role::User).await;
    asked(
        &acme,
        json!({ "title": "Send it?", "assignee": { "role": "manager" } }),
    )
    .await;
    let approval = pending(&ann).await;
    let yes = json!({ "decision": "approved" });

    act(&user, &approval, "claim", json!({}))
        .await
        .assert_problem(403, "forbidden");
    let claimed = act(&ann, &approval, "claim", json!({})).await.assert(200);
    assert_eq!(claimed.body["claimed_by"]["id"], ann.user_id);
    assert_eq!(pending(&bob).await["can_decide"], false);
    let taken = act(&bob, &approval, "decide", yes.clone()).await;
    assert_eq!(
        taken.assert_problem(409, "approval_claimed").body["detail"],
        "Chris Colleague has claimed it"
    );
    act(&bob, &approval, "claim", json!({}))
        .await
        .assert_problem(409, "approval_claimed");
    act(&user, &approval, "release", json!({}))
        .await
        .assert_problem(403, "forbidden");
    act(&ann, &approval, "release", json!({})).await.assert(200);
    act(&bob, &approval, "claim", json!({})).await.assert(200);

    act(&user, &approval, "assign", json!({ "role": "user" }))
        .await
        .assert_problem(403, "forbidden");
    let both = json!({ "role": "user", "user_id": user.user_id });
    act(&ann, &approval, "assign", both)
        .await
        .assert_problem(422, "validation_failed");
    let nobody = json!({ "user_id": uuid::Uuid::now_v7() });
    let refused = act(&ann, &approval, "assign", nobody).await;
    assert_eq!(
        refused.assert_problem(422, "validation_failed").pointers(),
        ["/user_id"]
    );
    let given = act(
        &ann,
        &approval,
        "assign",
        json!({ "user_id": user.user_id }),
    )
    .await
    .assert(200);
    assert_eq!(given.body["assignee"]["user"]["id"], user.user_id);
    assert!(given.body["claimed_by"].is_null());
    assert_eq!(user.get("/api/v1/notifications").await.items().len(), 1);
    act(&bob, &approval, "decide", yes.clone())
        .await
        .assert_problem(403, "forbidden");
    act(&user, &approval, "decide", yes).await.assert(200);
}

#[tokio::test]
async fn a_run_that_ends_takes_its_question_back() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let manager = acme.member(&app, Role::Manager).await;
    let run = asked(
        &acme,
        json!({ "title": "Send it?", "assignee": { "role": "manager" } }),
    )
    .await;
    let approval = pending(&manager).await;
    acme.admin
        .post(&format!("/api/v1/executions/{run}/cancel"), &json!({}))
        .await
        .assert(202);
    acme.admin.execution(&run, &["cancelled"]).await;
    let path = format!("/api/v1/approvals/{}", approval["id"].as_str().unwrap());
    assert_eq!(manager.get(&path).await.body["state"], "cancelled");
    let late = act(
        &manager,
        &approval,
        "decide",
        json!({ "decision": "approved" }),
    )
    .await;
    assert_eq!(
        late.assert_problem(409, "approval_decided").body["detail"],
        "the run has ended"
    );
}

/// The token in the newest mail with a link.
async fn link(app: &TestApp, person: &Person, count: usize) -> String {
    let mail = app.mail.wait(&person.email, count).await;
    let (_, rest) = mail
        .text
        .split_once("/approve#token=")
        .unwrap_or_else(|| panic!("{}", mail.text));
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn show(anyone: &Person, token: &str) -> Answer {
    let body = json!({ "token": token });
    anyone.post("/api/v1/approval-links/show", &body).await
}

#[tokio::test]
async fn a_link_shows_as_often_as_it_is_opened_and_decides_once() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (ann, bob) = (
        acme.member(&app, Role::Manager).await,
        acme.member(&app, Role::Manager).await,
    );
    let before = (app.mail.to(&ann.email).len(), app.mail.to(&bob.email).len());
    let mut config = of_managers();
    config["links"] = json!(true);
    let run = asked(&acme, config).await;
    let (of_ann, of_bob) = (
        link(&app, &ann, before.0 + 1).await,
        link(&app, &bob, before.1 + 1).await,
    );
    assert_ne!(of_ann, of_bob, "each has a link of their own");
    assert!(
        app.mail
            .to(&acme.admin.email)
            .iter()
            .all(|mail| !mail.text.contains("/approve"))
    );

    // What programs that look into mails do: open, and open again.
    let anyone = app.anyone();
    for _ in 0..3 {
        let shown = show(&anyone, &of_ann).await.assert(200);
        assert_eq!(
            (&shown.body["state"], &shown.body["used"]),
            (&json!("pending"), &json!(false))
        );
        assert_eq!(
            (
                shown.text_of("/tenant_name").as_str(),
                shown.text_of("/name").as_str()
            ),
            ("Acme Motors", "Chris Colleague")
        );
        assert_eq!(shown.header("cache-control"), "no-store");
    }
    // Only the hash is kept.
    let schema = format!(
        "t_{}",
        data_encoding::BASE32_NOPAD
            .encode(acme.tenant_id.as_bytes())
            .to_ascii_lowercase()
    );
    assert!(app.query_bool(&format!("SELECT count(*) = 2 FROM {schema}.approval_links WHERE octet_length(token_hash) = 32 AND used_at IS NULL")).await);

    let decide = "/api/v1/approval-links/decide";
    let wrong = json!({ "token": of_ann, "decision": "approved", "values": { "price": "low" } });
    let refused = anyone
        .post(decide, &wrong)
        .await
        .assert_problem(422, "validation_failed");
    assert_eq!(refused.pointers(), ["/values/price"]);
    let yes = json!({ "token": of_ann, "decision": "approved", "values": { "price": 21_000 } });
    let decided = anyone.post(decide, &yes).await.assert(200);
    assert_eq!(
        (&decided.body["state"], &decided.body["used"]),
        (&json!("approved"), &json!(true))
    );
    anyone
        .post(decide, &yes)
        .await
        .assert_problem(409, "approval_decided");
    let no = json!({ "token": of_bob, "decision": "rejected" });
    let late = anyone.post(decide, &no).await;
    assert_eq!(
        late.assert_problem(409, "approval_decided").body["detail"],
        "Chris Colleague has approved it"
    );
    let shown = show(&anyone, &of_bob).await.assert(200);
    assert_eq!(
        (&shown.body["decided_by"], &shown.body["can_decide"]),
        (&json!("Chris Colleague"), &json!(false))
    );
    let run = acme.admin.execution(&run, &["succeeded", "failed"]).await;
    assert_eq!(step(&run, "ask")["output"]["decided_by"]["id"], ann.user_id);
    let list = ann.get("/api/v1/approvals?state=decided").await.assert(200);
    assert_eq!(list.items()[0]["decided_via"], "link");
}

#[tokio::test]
async fn a_link_dies_with_what_it_stood_for() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (ann, bob) = (
        acme.member(&app, Role::Manager).await,
        acme.member(&app, Role::Manager).await,
    );
    let before = (app.mail.to(&ann.email).len(), app.mail.to(&bob.email).len());
    let config =
        json!({ "title": "Send it?", "links": true, "assignee": { "user_id": ann.user_id } });
    asked(&acme, config).await;
    let of_ann = link(&app, &ann, before.0 + 1).await;
    let approval = pending(&ann).await;
    act(&ann, &approval, "assign", json!({ "user_id": bob.user_id }))
        .await
        .assert(200);
    let of_bob = link(&app, &bob, before.1 + 1).await;
    let yes = |token: &str| json!({ "token": token, "decision": "approved" });
    let anyone = app.anyone();
    let decide = "/api/v1/approval-links/decide";
    anyone
        .post(decide, &yes(&of_ann))
        .await
        .assert_problem(403, "forbidden");
    // Nobody decides in the name of somebody who has left.
    let left = json!({ "status": "disabled" });
    acme.admin
        .patch(&format!("/api/v1/members/{}", bob.user_id), &left)
        .await
        .assert(200);
    anyone
        .post(decide, &yes(&of_bob))
        .await
        .assert_problem(400, "invalid_token");
    // Made up, mangled, of another kind.
    let mut mangled = of_ann.clone();
    mangled.pop();
    for token in [
        "x",
        "a_x_y",
        mangled.as_str(),
        "h_aaaaaaaaaaaaaaaaaaaaaaaaaa_bbbb",
    ] {
        show(&anyone, token)
            .await
            .assert_problem(400, "invalid_token");
    }
    // The form that had the token in the path is gone.
    let path = format!("/api/v1/approval-links/{of_ann}");
    anyone.get(&path).await.assert_problem(404, "not_found");
    let path = format!("{path}/decide");
    let decision = json!({ "decision": "approved" });
    let answer = anyone.post(&path, &decision).await;
    answer.assert_problem(404, "not_found");
    assert_eq!(pending(&ann).await["state"], "pending");
}
