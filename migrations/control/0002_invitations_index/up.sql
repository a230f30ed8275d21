-- The list of a dealership's invitations, newest first, and the count of its open ones.
CREATE INDEX ix_invitations__tenant_id ON control.invitations (tenant_id, created_at DESC, id DESC);
