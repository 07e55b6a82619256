-- The chain is kept with the rights of the tables' owner, whoever inserts: the role that the server works as may add rows to the audit log and touch
-- neither those that stand nor the heads. Nothing of that role's own is found in the owner's name.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION chain_audit_row() SECURITY DEFINER SET search_path = pg_catalog, %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION audit_text(audit) SET search_path = pg_catalog, %I, pg_temp', current_schema());
END
$$;

REVOKE ALL ON FUNCTION chain_audit_row() FROM PUBLIC;
