-- The rows of one account, for the export, the erasure and the foreign keys: each table by an index.
CREATE INDEX ceremony_challenge_account ON ceremony_challenge (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX recovery_case_account ON recovery_case (account_id);
CREATE INDEX enrolment_pass_account ON enrolment_pass (account_id);
CREATE INDEX issuance_subject_account ON issuance_subject (account_id);
CREATE INDEX upstream_request_account ON upstream_request (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX wallet_sign_in_account ON wallet_sign_in (account_id) WHERE account_id IS NOT NULL;
