import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.xml.ws.BindingProvider;
import jakarta.xml.ws.Holder;
import jakarta.xml.ws.WebServiceException;
import jakarta.xml.ws.soap.SOAPFaultException;
import java.net.URI;
import java.net.URL;
import lookup.GetUserByUsernameFault;
import lookup.UserLookup;
import lookup.UserLookupService;
import registration.RegisterUserFault;
import registration.UserRegistration;
import registration.UserService;

/** Carries out a plan (see ../README.md) with classes that Apache CXF made, and tells what they made of the answers. */
public final class Client {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final UserRegistration registration;
    private final UserLookup lookup;

    private Client(JsonNode plan, String port) throws Exception {
        boolean older = port.equals("Soap11");
        UserService users = new UserService(url(plan, "registration"));
        registration = older ? users.getSoap11() : users.getSoap12();
        UserLookupService lookups = new UserLookupService(url(plan, "lookup"));
        lookup = older ? lookups.getSoap11() : lookups.getSoap12();
    }

    public static void main(String[] arguments) throws Exception {
        JsonNode plan = JSON.readTree(System.in);
        ObjectNode told = JSON.createObjectNode();
        for (var port : plan.get("calls").properties()) {
            Client client = new Client(plan, port.getKey());
            ArrayNode outcomes = told.putArray(port.getKey());
            for (JsonNode call : port.getValue()) {
                client.hold(call.path("strict").asBoolean() ? "BOTH" : "IN");
                client.call(call.get("service").asText(), call.get("fields"), outcomes.addObject());
            }
        }
        System.out.write(JSON.writeValueAsBytes(told));
        System.out.flush();
    }

    private static URL url(JsonNode plan, String service) throws Exception {
        return URI.create(plan.get("services").get(service).asText()).toURL();
    }

    /** Holds messages to the schema: what comes in, or both. */
    private void hold(String messages) {
        for (Object proxy : new Object[] {registration, lookup}) {
            ((BindingProvider) proxy).getRequestContext().put("schema-validation-enabled", messages);
        }
    }

    private void call(String service, JsonNode fields, ObjectNode outcome) {
        try {
            ObjectNode answer = JSON.createObjectNode();
            if (service.equals("registration")) {
                Holder<String> message = new Holder<>();
                Holder<String> id = new Holder<>();
                registration.registerUser(
                        text(fields, "username"),
                        text(fields, "password"),
                        text(fields, "first_name"),
                        text(fields, "last_name"),
                        text(fields, "dni"),
                        text(fields, "email"),
                        text(fields, "city"),
                        message,
                        id);
                answer.put("message", message.value).put("id", id.value);
            } else {
                Holder<String> id = new Holder<>();
                Holder<String> username = new Holder<>(text(fields, "username"));
                lookup.getUserByUsername(username, id);
                answer.put("id", id.value).put("username", username.value);
            }
            outcome.set("answer", answer);
        } catch (RegisterUserFault fault) {
            ObjectNode told = fault(outcome, fault, fault.getFaultInfo().getCode().value());
            fault.getFaultInfo().getField().forEach(field -> told.put(field.getName(), field.getCode().value()));
        } catch (GetUserByUsernameFault fault) {
            ObjectNode told = fault(outcome, fault, fault.getFaultInfo().getCode().value());
            fault.getFaultInfo().getField().forEach(field -> told.put(field.getName(), field.getCode().value()));
        } catch (SOAPFaultException fault) {
            outcome.put("undeclared", fault.getMessage());
        } catch (WebServiceException stopped) {
            outcome.put("stopped", stopped.getMessage());
        }
    }

    private static String text(JsonNode fields, String name) {
        return fields.hasNonNull(name) ? fields.get(name).asText() : null;
    }

    /** Tells the fault, and returns where its fields go. */
    private static ObjectNode fault(ObjectNode outcome, Exception fault, String error) {
        ObjectNode told = outcome.putObject("fault");
        told.put("type", fault.getClass().getSimpleName());
        told.put("text", fault.getMessage()).put("error", error);
        return told.putObject("fields");
    }
}
