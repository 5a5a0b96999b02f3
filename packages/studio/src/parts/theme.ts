// Light or dark: what was chosen, else what the system prefers. `theme.js` sets it before the first paint.
import { useSyncExternalStore } from 'react'

type Theme = 'light' | 'dark'
const watchers = new Set<() => void>()
const current = (): Theme => (document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light')

function put(theme: Theme): void {
  document.documentElement.dataset.theme = theme
  for (const watcher of watchers) watcher()
}

export function toggleTheme(): void {
  chooseTheme(current() === 'dark' ? 'light' : 'dark')
}

/** Undefined: as the system prefers. */
export function chooseTheme(theme: Theme | undefined): void {
  try {
    if (theme === undefined) localStorage.removeItem('laz.theme')
    else localStorage.setItem('laz.theme', theme)
  } catch {
    // it is kept for this page alone
  }
  put(theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'))
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ({ matches }) => {
  let chosen: string | null = null
  try {
    chosen = localStorage.getItem('laz.theme')
  } catch {
    // nothing was chosen
  }
  if (chosen === null) put(matches ? 'dark' : 'light')
})

/** The theme in use; canvases are drawn anew when it changes. */
export function useTheme(): Theme {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  }, current)
}

/** A colour token's value, for canvases. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}
