import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env.LAZ_STUDIO_SERVER ?? 'http://127.0.0.1:8420'

/** Everything that the pages ask of a server; the rest are pages and what they are made of. */
const faces = ['/lazurite', '/subscriptions', '/mlflow', '/history', '/score', '/raw', '/login']

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // the client of browsers, and both packages as they are written
  resolve: { conditions: ['browser', 'source', 'module', 'development|production'] },
  build: {
    outDir: join(import.meta.dirname, '../cli/dist/studio'),
    emptyOutDir: true,
    target: 'es2022',
    // nothing inline: the pages are served under a policy that lets in files of this origin alone
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: Object.fromEntries(faces.map((path) => [path, { target: server, changeOrigin: true }])) },
})
