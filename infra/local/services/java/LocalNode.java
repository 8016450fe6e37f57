import java.nio.file.Path;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** Runs one real Elasticsearch node from the jars that its makers publish. Arguments: its home folder (lib, modules, plugins), its config folder. */
public class LocalNode {
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]).toAbsolutePath();
        LogConfigurator.configureESLogging(); // before any other class of the server is touched
        LogConfigurator.registerErrorListener();
        LogConfigurator.setNodeName("local");
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            Settings.builder().put("path.home", home).build(), Map.of(), Path.of(args[1]).toAbsolutePath(), () -> "local");
        LogConfigurator.configure(environment, true);
        Node node = new Node(environment, PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(environment.modulesDir()),
            PluginsLoader.loadPluginsBundles(environment.pluginsDir()), Map.of()));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.prepareForClose();
                node.close();
            } catch (Exception e) {
                throw new RuntimeException(e);
            }
        }));
        node.start();
        Thread.currentThread().join();
    }
}
