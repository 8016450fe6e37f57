import java.io.File;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** What keeps each file from being PDF/UA-1, a line each; last how many files were checked. */
public class Validate {
    public static void main(String[] files) throws Exception {
        Logger.getLogger("").setLevel(Level.SEVERE);
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files) {
            try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(file), PDFAFlavour.PDFUA_1);
                    PDFAValidator validator = Foundries.defaultInstance().createValidator(PDFAFlavour.PDFUA_1, false)) {
                ValidationResult result = validator.validate(parser);
                for (TestAssertion found : result.getTestAssertions()) {
                    String rule = found.getRuleId().getClause() + "-" + found.getRuleId().getTestNumber();
                    System.out.println(file + " " + rule + " " + found.getMessage() + " " + found.getLocation().getContext());
                }
                if (result.getTotalAssertions() == 0 || result.isCompliant() != result.getTestAssertions().isEmpty()) {
                    throw new IllegalStateException(file + " was not checked");
                }
            }
        }
        System.out.println(files.length + " files");
    }
}
