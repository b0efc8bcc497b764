/** A hand-held scanner types at least this much at once; a person does not. */
const MIN_LENGTH = 20;
const MAX_LENGTH = 2_048;
/** A busy computer hands presses over in bursts; a longer wait means that the head of a code may be missing. */
const MAX_GAP_MS = 600;

/** A key press as far as the wedge looks at it. */
export interface Press {
  key: string;
  atMs: number;
}

/** Puts the presses of a keyboard wedge together: the code once Enter follows, else undefined. */
export function createWedge(): (press: Press) => string | undefined {
  let text = '';
  let lastMs = 0;
  return ({ key, atMs }) => {
    if (atMs - lastMs > MAX_GAP_MS) text = '';
    lastMs = atMs;
    if (key === 'Enter') {
      const code = text;
      text = '';
      return code.length >= MIN_LENGTH ? code : undefined;
    }
    if ([...key].length === 1 && text.length < MAX_LENGTH) text += key;
    return undefined;
  };
}
