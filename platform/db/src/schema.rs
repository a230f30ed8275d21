//! The tables as diesel knows them; the truth is in `migrations/`.

/// Tables of the shared schema.
pub mod control {
    diesel::table! {
        control.groups (id) {
            id -> Uuid,
            name -> Text,
            is_platform -> Bool,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.users (id) {
            id -> Uuid,
            group_id -> Uuid,
            email -> Text,
            name -> Text,
            password_hash -> Nullable<Text>,
            status -> Text,
            auth_epoch -> BigInt,
            last_seen_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.tenants (id) {
            id -> Uuid,
            group_id -> Uuid,
            slug -> Text,
            name -> Text,
            time_zone -> Text,
            status -> Text,
            schema_version -> Integer,
            auth_epoch -> BigInt,
            suspended_reason -> Nullable<Text>,
            created_at -> Timestamptz,
            updated_at -> Timestamptz,
            retention_events_days -> Nullable<Integer>,
            retention_logs_days -> Nullable<Integer>,
            retention_runs_days -> Nullable<Integer>,
            texts_per_day -> Integer,
            mails_per_day -> Integer,
            text_countries -> Array<Text>,
        }
    }

    diesel::table! {
        control.domains (host) {
            host -> Text,
            tenant_id -> Uuid,
            verified_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.memberships (user_id, tenant_id) {
            user_id -> Uuid,
            tenant_id -> Uuid,
            role -> Text,
            status -> Text,
            created_at -> Timestamptz,
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.signups (id) {
            id -> Uuid,
            group_name -> Text,
            dealership_name -> Text,
            name -> Text,
            email -> Text,
            token_hash -> Nullable<Bytea>,
            mails_sent -> Integer,
            expires_at -> Timestamptz,
            verified_at -> Nullable<Timestamptz>,
            tenant_id -> Nullable<Uuid>,
            user_id -> Nullable<Uuid>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.invitations (id) {
            id -> Uuid,
            tenant_id -> Uuid,
            email -> Text,
            name -> Nullable<Text>,
            role -> Text,
            invited_by -> Uuid,
            token_hash -> Nullable<Bytea>,
            expires_at -> Timestamptz,
            accepted_at -> Nullable<Timestamptz>,
            revoked_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.password_resets (token_hash) {
            token_hash -> Bytea,
            user_id -> Uuid,
            expires_at -> Timestamptz,
            used_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.sessions (id) {
            id -> Uuid,
            user_id -> Uuid,
            tenant_id -> Nullable<Uuid>,
            user_agent -> Nullable<Text>,
            ip -> Nullable<Text>,
            expires_at -> Timestamptz,
            revoked_at -> Nullable<Timestamptz>,
            revoked_reason -> Nullable<Text>,
            last_used_at -> Timestamptz,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.refresh_tokens (token_hash) {
            token_hash -> Bytea,
            session_id -> Uuid,
            used_at -> Nullable<Timestamptz>,
            successor_sealed -> Nullable<Bytea>,
            expires_at -> Timestamptz,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.signing_keys (kid) {
            kid -> Text,
            private_sealed -> Bytea,
            public_jwk -> Jsonb,
            status -> Text,
            created_at -> Timestamptz,
            retired_at -> Nullable<Timestamptz>,
        }
    }

    diesel::table! {
        control.migration_runs (id) {
            id -> Uuid,
            target_version -> Integer,
            started_at -> Timestamptz,
            ended_at -> Nullable<Timestamptz>,
        }
    }

    diesel::table! {
        control.migration_results (run_id, tenant_id) {
            run_id -> Uuid,
            tenant_id -> Uuid,
            from_version -> Integer,
            to_version -> Nullable<Integer>,
            error -> Nullable<Text>,
            duration_ms -> BigInt,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.workers (id) {
            id -> Uuid,
            name -> Text,
            alive_until -> Timestamptz,
            started_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.jobs (id) {
            id -> BigInt,
            kind -> Text,
            key -> Text,
            tenant_id -> Nullable<Uuid>,
            lane -> SmallInt,
            payload -> Jsonb,
            run_at -> Timestamptz,
            wake -> BigInt,
            attempts -> Integer,
            takeovers -> Integer,
            lease_owner -> Nullable<Uuid>,
            lease_epoch -> BigInt,
            last_error -> Nullable<Text>,
            dead_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        control.window_counts (key) {
            key -> Text,
            count -> Integer,
            ends_at -> Timestamptz,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(
        groups,
        users,
        tenants,
        domains,
        memberships,
        signups,
        invitations,
        password_resets,
        sessions,
        refresh_tokens,
        signing_keys,
        migration_runs,
        migration_results,
        workers,
        jobs,
    );
}

/// Tables of a tenant's schema, resolved by `search_path`.
pub mod tenant {
    diesel::table! {
        tenant_marker (tenant_id) {
            tenant_id -> Uuid,
        }
    }

    diesel::table! {
        customers (id) {
            id -> Uuid,
            first_name -> Nullable<Text>,
            last_name -> Nullable<Text>,
            full_name -> Text,
            is_business -> Bool,
            email -> Nullable<Text>,
            phone -> Nullable<Text>,
            phones -> Jsonb,
            address -> Nullable<Jsonb>,
            created_at -> Timestamptz,
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        customer_contacts (kind, value, customer_id) {
            kind -> Text,
            value -> Text,
            customer_id -> Uuid,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        vehicles (id) {
            id -> Uuid,
            vin -> Nullable<Text>,
            vin_valid -> Nullable<Bool>,
            stock_number -> Nullable<Text>,
            condition -> Text,
            year -> Nullable<Integer>,
            make -> Nullable<Text>,
            model -> Nullable<Text>,
            trim -> Nullable<Text>,
            body_style -> Nullable<Text>,
            transmission -> Nullable<Text>,
            exterior_color -> Nullable<Text>,
            interior_color -> Nullable<Text>,
            odometer -> Nullable<Text>,
            price_minor -> Nullable<BigInt>,
            price_currency -> Nullable<Text>,
            created_at -> Timestamptz,
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        leads (id) {
            id -> Uuid,
            status -> Text,
            source -> Nullable<Text>,
            provider_id -> Nullable<Text>,
            customer_id -> Nullable<Uuid>,
            interest -> Nullable<Text>,
            comments -> Nullable<Text>,
            timeframe -> Nullable<Text>,
            requested_at -> Nullable<Timestamptz>,
            received_at -> Timestamptz,
            first_response_at -> Nullable<Timestamptz>,
            assigned_to -> Nullable<Uuid>,
            execution_id -> Nullable<Uuid>,
            review_reason -> Nullable<Text>,
            warnings -> Jsonb,
            ai -> Nullable<Jsonb>,
            raw -> Text,
            raw_content_type -> Nullable<Text>,
            resend_count -> Integer,
            created_at -> Timestamptz,
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        lead_vehicles (lead_id, vehicle_id) {
            lead_id -> Uuid,
            vehicle_id -> Uuid,
            position -> Integer,
            interest -> Nullable<Text>,
            stated -> Jsonb,
        }
    }

    diesel::table! {
        lead_events (id) {
            id -> Uuid,
            lead_id -> Uuid,
            kind -> Text,
            title -> Text,
            detail -> Nullable<Text>,
            execution_id -> Nullable<Uuid>,
            actor_id -> Nullable<Uuid>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        messages (id) {
            id -> Uuid,
            channel -> Text,
            direction -> Text,
            status -> Text,
            recipient -> Text,
            subject -> Nullable<Text>,
            body_text -> Text,
            body_html -> Nullable<Text>,
            lead_id -> Nullable<Uuid>,
            customer_id -> Nullable<Uuid>,
            execution_id -> Nullable<Uuid>,
            effect_key -> Nullable<Text>,
            provider_reference -> Nullable<Text>,
            error -> Nullable<Text>,
            sent_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        notifications (id) {
            id -> Uuid,
            user_id -> Uuid,
            title -> Text,
            body -> Text,
            severity -> Text,
            link -> Nullable<Text>,
            execution_id -> Nullable<Uuid>,
            dedup_key -> Nullable<Text>,
            read_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        workflows (id) {
            id -> Uuid,
            name -> Text,
            description -> Text,
            status -> Text,
            draft -> Jsonb,
            draft_revision -> BigInt,
            draft_sha256 -> Bytea,
            published_version -> Nullable<Integer>,
            template_id -> Nullable<Text>,
            template_version -> Nullable<Integer>,
            parameters -> Nullable<Jsonb>,
            created_by -> Nullable<Uuid>,
            created_at -> Timestamptz,
            updated_at -> Timestamptz,
            template_base -> Nullable<Jsonb>,
        }
    }

    diesel::table! {
        workflow_versions (id) {
            id -> Uuid,
            workflow_id -> Uuid,
            version -> Integer,
            definition -> Jsonb,
            parameters -> Nullable<Jsonb>,
            sha256 -> Bytea,
            published_by -> Nullable<Uuid>,
            published_by_name -> Nullable<Text>,
            published_at -> Timestamptz,
        }
    }

    diesel::table! {
        workflow_triggers (id) {
            id -> Uuid,
            workflow_id -> Uuid,
            trigger_id -> Text,
            #[sql_name = "type"]
            type_ -> Text,
            config -> Jsonb,
            key -> Nullable<Text>,
            enabled -> Bool,
            created_at -> Timestamptz,
            limits -> Nullable<Jsonb>,
            next_run_at -> Nullable<Timestamptz>,
            last_run_at -> Nullable<Timestamptz>,
        }
    }

    diesel::table! {
        workflow_executions (id) {
            id -> Uuid,
            workflow_id -> Uuid,
            version_id -> Uuid,
            status -> Text,
            trigger_id -> Text,
            trigger_type -> Text,
            input -> Jsonb,
            output -> Nullable<Jsonb>,
            error -> Nullable<Jsonb>,
            lead_id -> Nullable<Uuid>,
            started_by -> Nullable<Uuid>,
            next_seq -> BigInt,
            lease_epoch -> BigInt,
            cancel_requested_at -> Nullable<Timestamptz>,
            cancel_reason -> Nullable<Text>,
            started_at -> Nullable<Timestamptz>,
            ended_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
            business_key -> Nullable<Text>,
            concurrency_key -> Nullable<Text>,
            holds_slot -> Bool,
            slot_asked_at -> Nullable<Timestamptz>,
            pause_requested_at -> Nullable<Timestamptz>,
            parent_execution_id -> Nullable<Uuid>,
            parent_step_id -> Nullable<Text>,
            depth -> SmallInt,
            forked_from -> Nullable<Uuid>,
            forked_step_id -> Nullable<Text>,
            trace -> Nullable<Text>,
        }
    }

    diesel::table! {
        execution_events (execution_id, seq) {
            execution_id -> Uuid,
            seq -> BigInt,
            kind -> Text,
            step_id -> Nullable<Text>,
            attempt -> Nullable<Integer>,
            data -> Jsonb,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        execution_logs (execution_id, seq) {
            execution_id -> Uuid,
            seq -> BigInt,
            level -> Text,
            step_id -> Nullable<Text>,
            message -> Text,
            data -> Nullable<Jsonb>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        execution_effects (key) {
            key -> Text,
            execution_id -> Uuid,
            step_id -> Text,
            kind -> Text,
            state -> Text,
            summary -> Text,
            simulated -> Bool,
            request -> Jsonb,
            response -> Nullable<Jsonb>,
            provider_reference -> Nullable<Text>,
            settlement -> Nullable<Text>,
            created_at -> Timestamptz,
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        trigger_deliveries (source, key) {
            source -> Text,
            key -> Text,
            execution_id -> Nullable<Uuid>,
            lead_id -> Nullable<Uuid>,
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        audit_events (id) {
            id -> Uuid,
            actor_id -> Nullable<Uuid>,
            actor_name -> Nullable<Text>,
            actor_role -> Nullable<Text>,
            action -> Text,
            resource_type -> Text,
            resource_id -> Nullable<Text>,
            data -> Jsonb,
            request_id -> Nullable<Text>,
            created_at -> Timestamptz,
        }
    }
    diesel::table! {
        execution_waits (execution_id, step_id) {
            execution_id -> Uuid,
            step_id -> Text,
            kind -> Text,
            name -> Text,
            key -> Text,
            request -> Jsonb,
            resolution -> Nullable<Jsonb>,
            resolved_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }
    diesel::table! {
        workflow_events (id) {
            id -> Uuid,
            name -> Text,
            key -> Text,
            data -> Jsonb,
            execution_id -> Nullable<Uuid>,
            created_at -> Timestamptz,
        }
    }
    diesel::table! {
        approvals (id) {
            id -> Uuid,
            execution_id -> Uuid,
            workflow_id -> Uuid,
            step_id -> Text,
            title -> Text,
            body -> Text,
            form -> Nullable<Jsonb>,
            facts -> Jsonb,
            state -> Text,
            assignee_role -> Nullable<Text>,
            assignee_id -> Nullable<Uuid>,
            claimed_by -> Nullable<Uuid>,
            claimed_at -> Nullable<Timestamptz>,
            escalation_level -> Integer,
            due_at -> Nullable<Timestamptz>,
            values -> Nullable<Jsonb>,
            comment -> Nullable<Text>,
            decided_by -> Nullable<Uuid>,
            decided_by_name -> Nullable<Text>,
            decided_via -> Nullable<Text>,
            decided_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }
    diesel::table! {
        approval_links (token_hash) {
            token_hash -> Bytea,
            approval_id -> Uuid,
            user_id -> Uuid,
            expires_at -> Timestamptz,
            used_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }
    diesel::table! {
        hook_addresses (key_hash) {
            key_hash -> Bytea,
            trigger_id -> Uuid,
            sealed -> Bytea,
            expires_at -> Nullable<Timestamptz>,
            created_at -> Timestamptz,
        }
    }
    diesel::table! {
        trigger_debounces (trigger_id, key) {
            trigger_id -> Uuid,
            key -> Text,
            execution_id -> Uuid,
            first_at -> Timestamptz,
            due_at -> Timestamptz,
        }
    }
    diesel::table! {
        trigger_throttles (trigger_id, key) {
            trigger_id -> Uuid,
            key -> Text,
            starts -> Array<Timestamptz>,
        }
    }
    diesel::table! {
        trigger_secrets (id) {
            id -> Uuid,
            sealed -> Bytea,
            created_at -> Timestamptz,
        }
    }
    diesel::table! {
        files (id) {
            id -> Uuid,
            name -> Text,
            content_type -> Text,
            size -> BigInt,
            sha256 -> Bytea,
            content -> Bytea,
            execution_id -> Nullable<Uuid>,
            step_id -> Nullable<Text>,
            lead_id -> Nullable<Uuid>,
            created_at -> Timestamptz,
        }
    }
    diesel::table! {
        backtests (id) {
            id -> Uuid,
            workflow_id -> Uuid,
            draft_revision -> BigInt,
            definition -> Jsonb,
            parameters -> Nullable<Jsonb>,
            requested -> Integer,
            state -> Text,
            done -> Integer,
            summary -> Nullable<Jsonb>,
            runs -> Jsonb,
            error -> Nullable<Text>,
            created_by -> Nullable<Uuid>,
            created_at -> Timestamptz,
            ended_at -> Nullable<Timestamptz>,
        }
    }
    diesel::table! {
        bulk_replays (id) {
            id -> Uuid,
            filter -> Jsonb,
            replay_from -> Text,
            state -> Text,
            total -> Integer,
            started -> Integer,
            refused -> Integer,
            cursor -> Nullable<Uuid>,
            cursor_at -> Nullable<Timestamptz>,
            error -> Nullable<Text>,
            created_by -> Nullable<Uuid>,
            created_at -> Timestamptz,
            ended_at -> Nullable<Timestamptz>,
        }
    }
    diesel::allow_tables_to_appear_in_same_query!(
        tenant_marker,
        customers,
        customer_contacts,
        vehicles,
        leads,
        lead_vehicles,
        lead_events,
        messages,
        notifications,
        workflows,
        workflow_versions,
        workflow_triggers,
        workflow_executions,
        execution_events,
        execution_logs,
        execution_effects,
        trigger_deliveries,
        audit_events,
        execution_waits,
        workflow_events,
        approvals,
        approval_links,
        hook_addresses,
        trigger_debounces,
        trigger_throttles,
        trigger_secrets,
        files,
        backtests,
        bulk_replays,
    );
}
