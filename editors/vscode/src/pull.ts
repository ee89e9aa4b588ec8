/** Return the last percentage in what `ollama pull` printed; that of small layers counts as little as of large ones. */
export function percentOf(text: string): number | undefined {
  const found = [...text.matchAll(/(\d{1,3})%/g)].at(-1)?.[1];
  return found === undefined ? undefined : Math.min(100, Number(found));
}
