// A text with lines, colours and remarks in the margin: to read, and to write. Escape and then Tab leaves it.
import { autocompletion, type CompletionSource, closeBrackets, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { python } from '@codemirror/lang-python'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Annotation, Compartment, EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'

/** A remark about a place; lines and columns count from 1. */
export interface Remark {
  line: number
  column: number
  message: string
  warning?: boolean
}

export interface EditorProps {
  /** What is read out. */
  label: string
  value: string
  /** Absent: it is only read. */
  change?(value: string): void
  language?: Language
  remarks?: readonly Remark[]
  complete?: CompletionSource
  /** CSS height; as high as the text when absent. */
  height?: string
}

export type Language = 'yaml' | 'json' | 'python' | 'text'

const languages: Record<Language, () => Extension> = { yaml, json, python, text: () => [] }

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--prep)' },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--prep)' },
  { tag: [tags.comment, tags.lineComment, tags.meta], color: 'var(--text3)' },
  { tag: [tags.function(tags.variableName), tags.className], color: 'var(--warn)' },
])

const look = EditorView.theme({
  '&': { fontSize: '12px', backgroundColor: 'var(--surface)', color: 'var(--text)', height: '100%' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '18px' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--text3)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent-soft) 40%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-soft) !important' },
  '.cm-tooltip': { backgroundColor: 'var(--raise)', color: 'var(--text)', border: '1px solid var(--border)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--text)' },
  '.cm-lintRange-error': { textDecoration: 'underline wavy var(--fail)', backgroundImage: 'none' },
  '.cm-lintRange-warning': { textDecoration: 'underline wavy var(--warn)', backgroundImage: 'none' },
  '.cm-lint-marker': { width: '12px', height: '12px' },
})

/** Colours and type of texts with lines, for whoever shows them otherwise. */
export const editorLook: Extension = [look, syntaxHighlighting(colours)]

/** Marks a change that came from outside, so that it is not told back. */
const fromOutside = Annotation.define<boolean>()

export function Editor(props: EditorProps) {
  const box = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const change = useRef(props.change)
  change.current = props.change
  const { label, language = 'yaml', complete } = props
  const writable = props.change !== undefined
  const first = useRef(props.value)
  useEffect(() => {
    if (!box.current) return
    const made = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: first.current,
        extensions: extensionsOf({ label, language, complete, writable, told: (text) => change.current?.(text) }),
      }),
    })
    view.current = made
    return () => {
      first.current = made.state.doc.toString()
      made.destroy()
    }
  }, [label, language, complete, writable])
  useEffect(() => {
    const made = view.current
    if (!made || made.state.doc.toString() === props.value) return
    made.dispatch({
      changes: { from: 0, to: made.state.doc.length, insert: props.value },
      annotations: fromOutside.of(true),
    })
  }, [props.value])
  useEffect(() => {
    const made = view.current
    if (made) made.dispatch(setDiagnostics(made.state, diagnosticsOf(made.state, props.remarks ?? [])))
  }, [props.remarks])
  return <div ref={box} className="editor" style={props.height ? { height: props.height } : undefined} />
}

interface Making {
  label: string
  language: Language
  complete: CompletionSource | undefined
  writable: boolean
  told(text: string): void
}

function extensionsOf({ label, language, complete, writable, told }: Making): Extension {
  const shared = [
    lineNumbers(),
    syntaxHighlighting(colours),
    look,
    languages[language](),
    bracketMatching(),
    drawSelection(),
    new Compartment().of(EditorView.contentAttributes.of({ 'aria-label': label })),
    keymap.of([...searchKeymap, ...defaultKeymap]),
    EditorView.lineWrapping,
  ]
  if (!writable) return [...shared, EditorState.readOnly.of(true), EditorView.editable.of(false), focusable]
  return [
    ...shared,
    lintGutter(),
    history(),
    closeBrackets(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    indentUnit.of('  '),
    autocompletion(complete ? { override: [complete] } : {}),
    keymap.of([...completionKeymap, ...historyKeymap, indentWithTab]),
    EditorView.updateListener.of((update) => {
      const outside = update.transactions.some((one) => one.annotation(fromOutside))
      if (update.docChanged && !outside) told(update.state.doc.toString())
    }),
  ]
}

/** What is only read is reached and scrolled by keyboard all the same. */
const focusable = EditorView.contentAttributes.of({ tabindex: '0', role: 'textbox', 'aria-readonly': 'true' })

function diagnosticsOf(state: EditorState, remarks: readonly Remark[]): Diagnostic[] {
  return remarks.map(({ line, column, message, warning }) => {
    const at = state.doc.line(Math.min(Math.max(1, line), state.doc.lines))
    const from = Math.min(at.from + Math.max(0, column - 1), at.to)
    return { from, to: at.to, message, severity: warning ? 'warning' : 'error' }
  })
}
