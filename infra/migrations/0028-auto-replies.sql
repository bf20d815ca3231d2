-- How much a machine may say, where it differs from what the house says: of a workspace, and of a brand in place of it.
alter table workspace add column auto_reply_budgets json;
alter table brand add column auto_reply_budgets json; -- its changes are changes of the desk already
create trigger desk_changed_budgets after update on workspace for each row
  when (old.auto_reply_budgets::text is distinct from new.auto_reply_budgets::text) execute function desk_changed();
