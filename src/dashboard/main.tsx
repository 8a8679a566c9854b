/** The page's entry: bundled with all it imports by build.mjs. */
import { render } from 'preact';
import { App } from './app.tsx';

render(<App />, document.body);
