// Text of people as Markdown: cleaned of everything that runs.
import DOMPurify from 'dompurify'
import { Marked } from 'marked'
import { useMemo } from 'react'

export function Markdown({ text }: { text: string }) {
  const html = useMemo(() => clean(text), [text])
  // biome-ignore lint/security/noDangerouslySetInnerHtml: cleaned above
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: html }} />
}

/** Attributes that would run: the browser refuses them aloud even where nothing is shown yet. */
const handlers = /\son\w+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi

const reader = new Marked({
  walkTokens: (token) => {
    if (token.type === 'html') token.text = String(token.text).replace(handlers, '')
  },
})

/** Addresses that lead somewhere: of the web, of this server, below here. None runs. */
const leads = /^(?:https?:|mailto:|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i
/** Pictures that are here: no address of the web learns who reads. */
const isHere = /^(?:data:image\/(?:png|jpeg|gif|webp);|blob:|\/(?!\/))/i

const purify = DOMPurify(window)
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node instanceof HTMLAnchorElement && /^(?:https?:|\/\/)/i.test(node.getAttribute('href') ?? '')) {
    node.target = '_blank'
    node.rel = 'noopener noreferrer'
  }
  if (node instanceof HTMLImageElement && !isHere.test(node.getAttribute('src') ?? '')) node.replaceWith(wordsOf(node))
})

/** What stands for a picture that is not shown: its words, which lead to it where it is of the web. */
function wordsOf(picture: HTMLImageElement): Node {
  const address = picture.getAttribute('src') ?? ''
  const text = picture.alt || address
  if (!/^https?:/i.test(address)) return document.createTextNode(text)
  const link = document.createElement('a')
  link.textContent = text
  link.href = address
  link.target = '_blank'
  link.rel = 'noopener noreferrer'
  return link
}

function clean(text: string): string {
  const html = reader.parse(text.slice(0, 500_000), { async: false, gfm: true })
  return purify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'iframe', 'video', 'audio', 'picture', 'source'],
    FORBID_ATTR: ['style', 'id', 'name', 'srcset', 'target', 'class', 'background'],
    ALLOWED_URI_REGEXP: leads,
  })
}
