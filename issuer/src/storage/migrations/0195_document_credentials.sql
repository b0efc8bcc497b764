-- A copy of a document names it: what ends the document ends its copies.
ALTER TABLE credential
  ADD COLUMN document_id bigint REFERENCES case_document (id),
  ADD CONSTRAINT credential_of_document CHECK ((configuration_id = 'document-sd-jwt') = (document_id IS NOT NULL));
CREATE INDEX credential_document ON credential (document_id) WHERE document_id IS NOT NULL;

-- What holds for a document but its last day: what whoever has its code reads, and what its copies in a wallet are
-- worth. A hold stops the copies, which lie on a phone that may be in other hands, and not the paper.
CREATE VIEW document_standing AS
SELECT d.id AS document_id, d.student_id,
  CASE WHEN d.revoked_at IS NOT NULL OR d.says_status <> s.enrolment_status THEN 'revoked' ELSE 'valid' END AS paper_state,
  CASE
    WHEN d.revoked_at IS NOT NULL OR d.says_status <> s.enrolment_status OR s.enrolment_status = 'deceased' OR h.hold = 'revoked' THEN 'revoked'
    WHEN h.hold = 'suspended' THEN 'suspended'
    ELSE 'valid'
  END AS copy_state
FROM case_document d JOIN student s ON s.id = d.student_id LEFT JOIN holder h ON h.student_id = d.student_id;
