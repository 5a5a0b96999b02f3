// Keys that work everywhere. Single letters rest while something is typed, and can be switched off.
import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { toggleTheme } from './theme.ts'

export const jumps: Record<string, readonly [path: string, title: string]> = {
  h: ['/', 'Home'],
  j: ['/jobs', 'Jobs'],
  p: ['/pipelines', 'Pipelines'],
  d: ['/data', 'Data'],
  m: ['/models', 'Models'],
  v: ['/environments', 'Environments'],
  e: ['/endpoints', 'Endpoints'],
  c: ['/compute', 'Compute'],
  s: ['/schedules', 'Schedules'],
  x: ['/experiments', 'Experiments'],
  t: ['/traces', 'Traces'],
}

const patienceMs = 1200
const setting = 'laz.keys'

export function lettersAreOn(): boolean {
  try {
    return localStorage.getItem(setting) !== 'off'
  } catch {
    return true
  }
}

export function setLetters(on: boolean): void {
  try {
    if (on) localStorage.removeItem(setting)
    else localStorage.setItem(setting, 'off')
  } catch {
    // it stays as it was
  }
}

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input,textarea,select,[contenteditable],.cm-editor') !== null
}

/** `open` shows the palette, or what keys there are. */
export function useKeys(open: (what: 'jump' | 'keys') => void): void {
  const [, go] = useLocation()
  useEffect(() => {
    let beganAt = 0
    const press = (event: KeyboardEvent) => {
      const chord = event.metaKey || event.ctrlKey
      const key = event.key.toLowerCase()
      if (chord && key === 'k') open('jump')
      else if (chord && event.key === '\\') toggleTheme()
      else if (chord || event.altKey || isTyping(event.target) || !lettersAreOn()) return
      else if (event.key === '?') open('keys')
      else if (event.key === '/') {
        const field = document.querySelector<HTMLElement>('main input[type=search]')
        if (!field) return
        field.focus()
      } else if (Date.now() - beganAt < patienceMs && jumps[key]) {
        beganAt = 0
        go(jumps[key][0])
      } else {
        beganAt = key === 'g' ? Date.now() : 0
        return
      }
      event.preventDefault()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [go, open])
}
