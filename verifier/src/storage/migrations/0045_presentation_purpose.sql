-- What the asker says it needs the answer for, shown by the wallet: {"zh": …, "en": …}.
ALTER TABLE presentation_request ADD COLUMN purpose_text jsonb;
