//! The routes of records, against a real database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    reason = "tests may fail loudly"
)]

mod support;

use actix_web::http::Method;
use chrono::{DateTime, Duration, Utc};
use platform_kernel::clock;
use platform_kernel::id::{LeadId, UserId};
use platform_kernel::ports::{IncomingContact, IncomingLead, IncomingPhone, IncomingVehicle};
use platform_records::intake::{self, Raw};
use platform_records::leads;
use policies::Role;
use serde_json::{Value, json};
use support::Dealership;

async fn lead(home: &Dealership, name: &str, model: &str, at: DateTime<Utc>) -> LeadId {
    let incoming = IncomingLead {
        customer: Some(IncomingContact {
            full_name: Some(name.to_owned()),
            email: Some(format!("{}@example.com", name.replace(' ', "."))),
            phones: vec![IncomingPhone {
                number: "512-555-0123".to_owned(),
                ..IncomingPhone::default()
            }],
            ..IncomingContact::default()
        }),
        vehicles: vec![IncomingVehicle {
            year: Some(2025),
            make: Some("Toyota".to_owned()),
            model: Some(model.to_owned()),
            stock_number: Some(format!("S-{model}")),
            ..IncomingVehicle::default()
        }],
        ..IncomingLead::default()
    };
    let raw = Raw {
        body: b"<adf/>",
        content_type: Some("application/xml"),
    };
    let mut tx = home.tx().await;
    let stored = intake::store(&mut tx, &incoming, raw, at).await.unwrap();
    tx.commit().await.unwrap();
    stored.lead_id
}

/// Asks as a manager.
async fn get(home: &Dealership, path: &str) -> (u16, Value) {
    let manager = (Role::Manager, UserId::new());
    home.call(
        platform_records::configure,
        manager,
        (Method::GET, path),
        None,
    )
    .await
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["customer"]["name"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn leads_are_listed_in_pages_and_searched_by_whatever_people_know() {
    let home = Dealership::open().await;
    let now = clock::now();
    for (index, (name, model)) in [
        ("Ann Lee", "RAV4"),
        ("Bob Ray", "Camry"),
        ("Cy 100%", "Tundra"),
    ]
    .iter()
    .enumerate()
    {
        lead(&home, name, model, now - Duration::minutes(index as i64)).await;
    }
    let (status, page) = get(&home, "/api/v1/leads?limit=2").await;
    assert_eq!(status, 200);
    assert_eq!(names(&page), ["Ann Lee", "Bob Ray"]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let (_, rest) = get(&home, &format!("/api/v1/leads?limit=2&cursor={cursor}")).await;
    assert_eq!(names(&rest), ["Cy 100%"]);
    assert_eq!(rest["next_cursor"], Value::Null);
    for (q, found) in [
        ("ann", vec!["Ann Lee"]),
        ("bob.ray%40example", vec!["Bob Ray"]),
        ("(512)+555", vec!["Ann Lee", "Bob Ray", "Cy 100%"]),
        ("2025+toyota+camry", vec!["Bob Ray"]),
        ("s-tundra", vec!["Cy 100%"]),
        ("0%25", vec!["Cy 100%"]),
        ("_", vec![]),
        ("'%3B+drop+table+leads", vec![]),
    ] {
        let (status, page) = get(&home, &format!("/api/v1/leads?q={q}")).await;
        assert_eq!((status, names(&page)), (200, found), "{q}");
    }
    assert_eq!(
        get(&home, "/api/v1/leads?status=new").await.1["items"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        get(&home, "/api/v1/leads?status=lost").await.1["items"],
        json!([])
    );
    for bad in ["status=nonsense", "limit=0", "cursor=!", "q=%00"] {
        let (status, problem) = get(&home, &format!("/api/v1/leads?{bad}")).await;
        assert_eq!(
            (status, &problem["code"]),
            (400, &json!("bad_request")),
            "{bad}"
        );
    }
    let (status, page) = get(&home, "/api/v1/customers?q=ann.lee%40").await;
    assert_eq!(status, 200);
    assert_eq!(page["items"][0]["phone_display"], "(512) 555-0123");
    let id = page["items"][0]["id"].as_str().unwrap();
    assert_eq!(
        get(&home, &format!("/api/v1/customers/{id}")).await.1["name"],
        "Ann Lee"
    );
}

#[actix_web::test]
async fn a_lead_is_shown_whole_and_changed_with_a_trace() {
    let home = Dealership::open().await;
    let id = lead(
        &home,
        "Ann Lee",
        "RAV4",
        clock::now() - Duration::seconds(90),
    )
    .await;
    let bob = home.member("user", "Bob").await;
    let mut news = home.bus.subscribe();
    let path = format!("/api/v1/leads/{id}");
    let change = async |body: Value| {
        let alice = (Role::User, UserId::new());
        home.call(
            platform_records::configure,
            alice,
            (Method::PATCH, &path),
            Some(body),
        )
        .await
    };
    let (status, view) = change(json!({ "status": "contacted", "assigned_to": bob })).await;
    assert_eq!(status, 200, "{view}");
    assert_eq!(
        (&view["status"], &view["assigned_to"]),
        (&json!("contacted"), &json!(bob))
    );
    assert!(view["response_seconds"].as_i64().unwrap() >= 90);
    let titles: Vec<&str> = view["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["Received", "Status: contacted", "Assigned to Bob"]);
    assert_eq!(
        news.recv().await.unwrap().message.data,
        json!({ "id": id, "status": "contacted" })
    );
    let (_, view) = change(json!({ "assigned_to": null })).await;
    assert_eq!(view["assigned_to"], Value::Null);
    assert_eq!(view["status"], "contacted", "what is left out stays");
    let (status, problem) = change(json!({ "assigned_to": UserId::new() })).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (422, &json!("/assigned_to"))
    );
    assert_eq!(change(json!({ "status": "nonsense" })).await.0, 422);
    assert_eq!(change(json!({ "source": "me" })).await.0, 422);
    let (_, view) = get(&home, &path).await;
    assert_eq!(view["raw"], "<adf/>");
    assert_eq!(view["vehicle"]["label"], "2025 Toyota RAV4");
    assert_eq!(view["customer"]["phone"], "+15125550123");
    assert_eq!(view["messages"], json!([]));
    assert_eq!(get(&home, "/api/v1/leads/nonsense").await.0, 404);
    assert_eq!(
        get(&home, &format!("/api/v1/leads/{}", LeadId::new()))
            .await
            .0,
        404
    );
}

#[actix_web::test]
async fn the_dashboard_shows_managers_the_team_and_others_their_own() {
    let home = Dealership::open().await;
    let now = clock::now();
    let (alice, bob) = (
        home.member("user", "Alice").await,
        home.member("user", "Bob").await,
    );
    let ids = [
        lead(&home, "Ann Lee", "RAV4", now).await,
        lead(&home, "Bob Ray", "Camry", now).await,
        lead(&home, "Cy Roe", "Tundra", now).await,
    ];
    home.run(&format!(
        "UPDATE leads SET assigned_to = '{alice}', first_response_at = received_at + interval '10 seconds' WHERE id = '{}';
         UPDATE leads SET assigned_to = '{bob}', first_response_at = received_at + interval '30 seconds' WHERE id = '{}';
         INSERT INTO workflows (id, name, draft, draft_sha256) VALUES ('{w}', 'Answer', '{{}}', '');
         INSERT INTO workflow_versions (id, workflow_id, version, definition, sha256) VALUES ('{w}', '{w}', 3, '{{}}', '');
         INSERT INTO workflow_executions (id, workflow_id, version_id, status, trigger_id, trigger_type, input, error)
           VALUES ('{a}', '{w}', '{w}', 'failed', 't', 'adf_lead', '{{}}', '{{\"code\": \"smtp_rejected\", \"message\": \"no\"}}'),
                  ('{b}', '{w}', '{w}', 'waiting', 't', 'adf_lead', '{{}}', NULL)",
        ids[0], ids[1], w = UserId::new(), a = UserId::new(), b = UserId::new(),
    ))
    .await;
    let ask = async |role, user| {
        home.call(
            platform_records::configure,
            (role, user),
            (Method::GET, "/api/v1/dashboard?days=3"),
            None,
        )
        .await
    };
    let (status, team) = ask(Role::Manager, UserId::new()).await;
    assert_eq!(status, 200, "{team}");
    assert_eq!(
        (
            &team["scope"],
            &team["leads_today"],
            &team["leads_answered_today"]
        ),
        (&json!("team"), &json!(3), &json!(2))
    );
    assert_eq!(
        (
            &team["median_response_seconds"],
            &team["p90_response_seconds"]
        ),
        (&json!(20.0), &json!(28.0))
    );
    assert_eq!(
        (
            &team["executions_today"],
            &team["failures_today"],
            &team["waiting_now"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(team["series"].as_array().unwrap().len(), 3);
    assert_eq!(team["series"][2]["median_response_seconds"], 20.0);
    assert_eq!(team["recent_leads"].as_array().unwrap().len(), 3);
    assert_eq!(team["recent_failures"][0]["error"]["code"], "smtp_rejected");
    assert_eq!(team["recent_failures"][0]["version"], 3);
    let (_, own) = ask(Role::User, alice).await;
    assert_eq!(
        (&own["scope"], &own["leads_today"]),
        (&json!("own"), &json!(2))
    );
    assert_eq!(own["median_response_seconds"], Value::Null);
    assert_eq!(own["series"][2]["median_response_seconds"], Value::Null);
    let path = "/api/v1/dashboard?days=1000";
    let refused = home
        .call(
            platform_records::configure,
            (Role::User, alice),
            (Method::GET, path),
            None,
        )
        .await;
    assert_eq!(refused.0, 400);
}

#[actix_web::test]
async fn only_the_first_answer_counts_and_review_waits_on() {
    let home = Dealership::open().await;
    let now = clock::now();
    let id = lead(&home, "Ann Lee", "RAV4", now - Duration::seconds(60)).await;
    let mut tx = home.tx().await;
    leads::record_response(&mut tx, id, now - Duration::seconds(30), None)
        .await
        .unwrap();
    leads::record_response(&mut tx, id, now, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (_, view) = get(&home, &format!("/api/v1/leads/{id}")).await;
    assert_eq!(
        (&view["status"], &view["response_seconds"]),
        (&json!("contacted"), &json!(30))
    );
    home.run("UPDATE leads SET status = 'needs_review', review_reason = 'why'")
        .await;
    let mut tx = home.tx().await;
    leads::record_response(&mut tx, id, now, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (_, view) = get(&home, &format!("/api/v1/leads/{id}")).await;
    assert_eq!(
        (&view["status"], &view["review_reason"]),
        (&json!("needs_review"), &json!("why"))
    );
}

#[actix_web::test]
async fn people_and_cars_are_found_in_every_spelling() {
    let home = Dealership::open().await;
    for (name, model) in [
        ("José García", "F-150"),
        ("Sean O’Neil", "CX-5"),
        ("Karl Groß", "Model 3"),
        ("Ann-Marie Søn", "RAV4"),
    ] {
        lead(&home, name, model, clock::now()).await;
    }
    for (q, name) in [
        ("Jose", "José García"),
        ("JOS%C3%89+GARCIA", "José García"),
        ("Jose%CC%81", "José García"),
        ("O'Neil", "Sean O’Neil"),
        ("o%E2%80%99neil", "Sean O’Neil"),
        ("ONEIL", "Sean O’Neil"),
        ("gross", "Karl Groß"),
        ("Gro%C3%9F", "Karl Groß"),
        ("annmarie", "Ann-Marie Søn"),
        ("Ann+Marie", "Ann-Marie Søn"),
        ("Ann%E2%80%91Marie+son", "Ann-Marie Søn"),
    ] {
        let (status, page) = get(&home, &format!("/api/v1/leads?q={q}")).await;
        assert_eq!((status, names(&page)), (200, vec![name]), "{q}");
        let (status, page) = get(&home, &format!("/api/v1/customers?q={q}")).await;
        assert_eq!(
            (status, &page["items"][0]["name"]),
            (200, &json!(name)),
            "{q}"
        );
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{q}");
    }
    for (q, name) in [
        ("f150", "José García"),
        ("F+150", "José García"),
        ("cx5", "Sean O’Neil"),
        ("s-cx-5", "Sean O’Neil"),
    ] {
        let (_, page) = get(&home, &format!("/api/v1/leads?q={q}")).await;
        assert_eq!(names(&page), [name], "{q}");
    }
}

#[actix_web::test]
async fn what_is_not_among_the_newest_is_found_by_the_index() {
    let home = Dealership::open().await;
    let old = lead(
        &home,
        "Zoë Older",
        "Yaris",
        clock::now() - Duration::days(400),
    )
    .await;
    home.run(
        "INSERT INTO customers (id, full_name, email)
            SELECT gen_random_uuid(), 'Person ' || n, 'p' || n || '@example.com' FROM generate_series(1, 3000) n;
         INSERT INTO leads (id, customer_id, received_at, raw)
            SELECT gen_random_uuid(), id, now(), '' FROM customers WHERE full_name LIKE 'Person %';
         UPDATE customers SET created_at = now() - interval '400 days' WHERE full_name = 'Zoë Older'",
    )
    .await;
    for q in ["zoe+older", "yaris", "s-yaris"] {
        let (_, page) = get(&home, &format!("/api/v1/leads?q={q}")).await;
        assert_eq!(page["items"][0]["id"], json!(old), "{q}");
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{q}");
    }
    let (_, page) = get(&home, "/api/v1/customers?q=ZOE").await;
    assert_eq!(page["items"][0]["name"], "Zoë Older");
    let mut seen = 0;
    let mut cursor = String::new();
    loop {
        let (_, page) = get(
            &home,
            &format!("/api/v1/customers?q=person+1&limit=100{cursor}"),
        )
        .await;
        seen += page["items"].as_array().unwrap().len();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 1111, "every page, each once");
}

#[actix_web::test]
async fn a_lead_for_review_gets_its_customer_and_becomes_a_lead() {
    let home = Dealership::open().await;
    let raw = Raw {
        body: b"Please call Ann Lee, 512 555 0123",
        content_type: Some("text/plain"),
    };
    let mut tx = home.tx().await;
    let stored = intake::store_unreadable(&mut tx, raw, "It is no ADF document", clock::now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let path = format!("/api/v1/leads/{}", stored.lead_id);
    let alice = (Role::User, home.member("user", "Alice").await);
    let change = async |body: Value| {
        home.call(
            platform_records::configure,
            alice,
            (Method::PATCH, &path),
            Some(body),
        )
        .await
    };
    for (body, pointer) in [
        (
            json!({ "customer": { "email": "nonsense" } }),
            "/customer/email",
        ),
        (json!({ "customer": { "phone": "12" } }), "/customer/phone"),
        (json!({ "customer": { "name": " " } }), "/customer"),
    ] {
        let (status, problem) = change(body).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (422, &json!(pointer))
        );
    }
    let fixed = json!({ "status": "new", "customer": { "name": "Ann Lee", "phone": "512 555 0123" }, "assigned_to": alice.1 });
    let (status, view) = change(fixed).await;
    assert_eq!(status, 200, "{view}");
    assert_eq!(
        (&view["status"], &view["review_reason"]),
        (&json!("new"), &Value::Null)
    );
    assert_eq!(view["customer"]["phone"], "+15125550123");
    let titles: Vec<&str> = view["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "Received",
            "Status: new",
            "Assigned to Alice",
            "Customer: Ann Lee"
        ]
    );
    assert_eq!(view["raw"], "Please call Ann Lee, 512 555 0123");
    let again = change(json!({ "customer": { "name": "ann lee", "phone": "(512) 555-0123" } }))
        .await
        .1;
    assert_eq!(
        again["customer"]["id"], view["customer"]["id"],
        "recognised"
    );
}
