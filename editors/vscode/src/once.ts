// A function for one call.

/** Return a function that calls `work` the first time, whatever it is given, and returns `undefined` ever after. */
export function once<Given extends unknown[], Made>(work: (...given: Given) => Made): (...given: Given) => Made | undefined {
  let isDue = true;
  return (...given) => {
    const wasDue = isDue;
    isDue = false;
    return wasDue ? work(...given) : undefined;
  };
}
