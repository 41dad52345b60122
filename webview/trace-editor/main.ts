import '../host/jitless.ts';
import { vsCodeTransport } from '../host/transport.ts';
import './trace-editor.ts';

document.querySelector('coldstart-trace-editor')?.start(vsCodeTransport());
