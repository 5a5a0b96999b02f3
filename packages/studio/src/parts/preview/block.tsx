// Text that scrolls in a box, by keyboard too.
export function Block({ label, text }: { label: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className="text-box" tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  )
}
