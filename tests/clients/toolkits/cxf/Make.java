import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.apache.cxf.tools.common.ToolContext;
import org.apache.cxf.tools.wsdlto.WSDLToJava;

/**
 * Makes a client with Apache CXF: holds each description to WSDL and to the Basic Profile, makes classes of it with
 * wsdl2java, and compiles them with the sources that use them.
 *
 * <p>Arguments: the folder to make them in, the source file, and pairs of a package and a description's URL.
 */
public final class Make {
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        for (int i = 2; i + 1 < arguments.length; i += 2) {
            String[] options = {"-validate=all", "-p", arguments[i], "-d", folder.toString(), arguments[i + 1]};
            new WSDLToJava(options).run(new ToolContext());
        }
        List<String> compile = new ArrayList<>(
                List.of("-proc:none", "-nowarn", "-encoding", "UTF-8", "-d", folder.toString(), arguments[1]));
        try (var files = Files.walk(folder)) {
            files.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(compile::add);
        }
        int failed = ToolProvider.getSystemJavaCompiler().run(null, null, null, compile.toArray(String[]::new));
        if (failed != 0) {
            System.exit(failed);
        }
    }
}
