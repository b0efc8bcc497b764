/** After a refused form the reason gets the focus, so that it is read first. */
export function focusTrouble(): void {
  const trouble = document.querySelector<HTMLElement>('[autofocus], [data-focus]');
  trouble?.focus();
}
