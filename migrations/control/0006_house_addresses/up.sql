-- The dealership's own addresses: e-mail addresses of its people, and the hosts that its group
-- owns. A lead that carries one of them names no customer by it.
CREATE FUNCTION control.house_addresses_of_current_tenant()
RETURNS TABLE (kind text, value text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT 'email', u.email
    FROM control.memberships m
    JOIN control.users u ON u.id = m.user_id
    WHERE m.tenant_id = control.current_tenant()
    UNION
    SELECT 'host', d.host
    FROM control.tenants mine
    JOIN control.tenants sister ON sister.group_id = mine.group_id
    JOIN control.domains d ON d.tenant_id = sister.id
    WHERE mine.id = control.current_tenant() AND d.verified_at IS NOT NULL
$$;
REVOKE ALL ON FUNCTION control.house_addresses_of_current_tenant FROM PUBLIC;
