-- The rows of one student, for the export, the erasure and the foreign keys: each table by an index, whatever their state.
CREATE INDEX access_token_wallet ON access_token (wallet_id);
CREATE INDEX deferred_issuance_student ON deferred_issuance (student_id);
CREATE INDEX issuance_student ON issuance (student_id);
CREATE INDEX gate_key_of_student ON gate_key (student_id);
CREATE INDEX wallet_of_student ON wallet (student_id);
CREATE INDEX nod_student ON nod (student_id);
CREATE INDEX notice_student ON notice (student_id);
CREATE INDEX bulk_run_row_of_student ON bulk_run_row (student_id);
CREATE INDEX semester_fact_student ON semester_fact (student_id);
