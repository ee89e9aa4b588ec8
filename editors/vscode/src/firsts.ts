// What the walkthrough goes by: which of its steps are shown, and which are ticked off. No VS Code in here.

import type { Status } from './protocol';
import type { ServerState } from './words';

/** Return the context keys that the steps in `package.json` name, and their values now. */
export function contextsOf(state: ServerState, status: Status | undefined): Readonly<Record<string, string | boolean>> {
  const isReady = (tier: 'local' | 'cheap' | 'premium'): boolean => status?.tiers[tier].state === 'ready';
  return {
    'tierlsp.server': state,
    'tierlsp.hasLocal': isReady('local'),
    'tierlsp.hasCloud': isReady('cheap') || isReady('premium'),
  };
}

/**
 * What there is to try it in, up to the place where typing begins.
 *
 * It repeats itself, so that the embedded completer is sure of how its last function begins.
 */
export const SAMPLE = `import math


def area(radius):
    """Return the area of a circle."""
    if radius < 0:
        raise ValueError(f"a radius of {radius}")
    return math.pi * radius ** 2


def volume(radius):
    """Return the volume of a ball."""
    if radius < 0:
        raise ValueError(f"a radius of {radius}")
    return math.pi * radius ** 3 * 4 / 3


def length(radius):
    """Return the length of a circle."""
    if radius < 0:
        raise ValueError(f"a radius of {radius}")
    return math.pi * radius * 2


def surface(radius):
    """Return the surface of a ball."""
    `;
