// A version of the workspace copied into a registry.
import { VersionedOperations } from '@lazurite/client'
import type { JsonObject } from '@lazurite/spec'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { itemPath } from '../data/kind-places.ts'
import { needKind, useClient, useKindList } from '../data/kinds.ts'
import { Twin } from '../parts/bits.tsx'
import { Dialog } from '../parts/dialog.tsx'
import type { ActionProps } from './item-specials.tsx'

export function Share({ item, run, busy }: ActionProps) {
  const { kind, row } = item
  const client = useClient()
  const [, go] = useLocation()
  const [open, setOpen] = useState(false)
  const registries = useKindList(needKind('registry'), {})
  const own = registries.rows.filter(({ name }) => name !== 'azureml')
  const [chosen, setChosen] = useState('')
  const registry = chosen || own[0]?.name || ''
  if (row.registry !== undefined || own.length === 0 || row.version === undefined) return null
  const { name, version } = row
  const share = async () => {
    const operations = new VersionedOperations<JsonObject>(client, kind.name)
    const done = await run('share', () => operations.share(name, version, registry))
    setOpen(false)
    if (done) go(itemPath(kind.name, { name, version, registry }))
  }
  return (
    <>
      <button type="button" className="button" disabled={busy !== ''} onClick={() => setOpen(true)}>
        Share
      </button>
      {open && (
        <Dialog title={`Share ${name}:${version}`} close={() => setOpen(false)}>
          <div className="stack">
            <p className="quiet">A copy, with its files, that every workspace can use.</p>
            <label className="form-row">
              Registry
              <select className="field" value={registry} onChange={(event) => setChosen(event.target.value)}>
                {own.map((one) => (
                  <option key={one.id}>{one.name}</option>
                ))}
              </select>
            </label>
            <Twin command={`laz ${kind.name} share --name ${name} --version ${version} --registry-name ${registry}`} />
            <div className="inline ends">
              <button type="button" className="button" onClick={() => setOpen(false)}>
                Leave
              </button>
              <button type="button" className="button primary" disabled={busy !== ''} onClick={() => void share()}>
                {busy === 'share' ? 'Copying …' : 'Share'}
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  )
}
